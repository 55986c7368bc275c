"""Who may see what, and how people come back to where they were."""

import re

import pytest
from playwright.sync_api import expect

from local.drive.people import Person
from local.drive.portal_process import PortalProcess
from tests.browser.conftest import Visitor
from tests.support_slice import a_part


def end_session(visitor: Visitor) -> None:
    """As after a month away: the access token has gone, and the refresh token is worth nothing."""
    context = visitor.page.context
    [refresh] = [cookie for cookie in context.cookies() if cookie.get("name") == "refresh_token"]
    context.clear_cookies(name="access_token")
    context.clear_cookies(name="refresh_token")
    context.add_cookies(
        [{"name": "refresh_token", "value": "x" + refresh["value"][1:], "url": visitor.portal.url}]
    )


def test_after_an_ended_session_a_page_leads_to_login_and_back(visitor: Visitor, member: Person) -> None:
    page = visitor.log_in(member.username)
    end_session(visitor)
    visitor.open("/search?q=%23lake&commercial=1")
    assert visitor.path() == "/login?next=/search%3Fq%3D%2523lake%26commercial%3D1"
    visitor.fill_log_in(member.username)
    page.wait_for_url("**/search?q=%23lake&commercial=1")


def test_after_an_ended_session_a_form_leads_to_login_and_back(visitor: Visitor, member: Person) -> None:
    page = visitor.log_in(member.username, path="/upload")
    end_session(visitor)
    page.locator("#upload").evaluate("form => form.submit()")
    page.wait_for_url("**/login?next=/upload")
    visitor.fill_log_in(member.username)
    page.wait_for_url("**/upload")


def test_an_ended_access_token_alone_is_renewed_without_a_word(visitor: Visitor, member: Person) -> None:
    page = visitor.log_in(member.username)
    page.context.clear_cookies(name="access_token")
    visitor.open("/uploads")
    assert visitor.path() == "/uploads"
    assert "access_token" in {cookie.get("name") for cookie in page.context.cookies()}


@pytest.mark.parametrize(
    "target", a_part(["https://example.com/", "//example.com", "/\\example.com", "javascript:1"], 0, 2)
)
def test_log_in_leads_to_our_own_pages_alone(visitor: Visitor, member: Person, target: str) -> None:
    page = visitor.open(f"/login?next={target}")
    visitor.fill_log_in(member.username)
    page.wait_for_url(lambda url: "/login" not in url)
    assert visitor.path() == "/"


def test_no_cookie_of_the_session_is_readable_by_scripts(visitor: Visitor, member: Person) -> None:
    page = visitor.log_in(member.username, path="/licences")
    cookies = page.context.cookies()
    assert {cookie.get("name") for cookie in cookies} == {"access_token", "refresh_token", "session"}
    assert all(cookie.get("httpOnly") and cookie.get("sameSite") == "Lax" for cookie in cookies)
    assert page.evaluate("document.cookie") == ""


def test_the_operator_sees_the_worker_at_work(visitor: Visitor, portal: PortalProcess) -> None:
    env = portal.env()
    page = visitor.log_in(env["OPERATOR_USERNAME"], env["OPERATOR_PASSWORD"], path="/ops")
    assert visitor.path() == "/ops"
    worker = page.locator("#ops-strip tbody tr").first
    expect(worker).to_contain_text("Waiting for work")
    expect(worker).to_contain_text(re.compile(r"\d+ s ago"))
    expect(page.locator("#ops-strip dt")).to_have_text(
        ["Waiting", "In flight", "Oldest", "Published", "Rejected or failed", "Dead letters"]
    )
    with page.expect_response("**/ops/strip"):  # renewed by itself
        pass
    expect(page.locator("#ops-age")).to_have_text(re.compile("Updated [0-2] s ago"))


def test_the_operators_page_is_not_for_others(visitor: Visitor, member: Person) -> None:
    page = visitor.log_in(member.username)
    visitor.watch.expected.append("403")
    answer = page.goto(f"{visitor.portal.url}/ops")
    assert answer
    assert answer.status == 403
    expect(page.get_by_role("heading", level=1)).to_have_text("You may not do this")
    expect(page.get_by_text("This is for the portal's operators.")).to_be_visible()
    page.get_by_label(f"Your menu, {member.username}").click()
    expect(page.get_by_role("link", name="Operations")).to_have_count(0)


def test_the_list_of_sessions_leaves_room_for_each_device(visitor: Visitor, member: Person) -> None:
    """This session's row has no button, and is no narrower for that."""
    page = visitor.log_in(member.username, path="/account")
    lines = page.locator(".sessions li p")
    assert lines.count() >= 2
    whole = page.locator(".sessions").evaluate("list => list.clientWidth")
    for number in range(lines.count()):
        assert lines.nth(number).evaluate("line => line.clientWidth") > whole / 2


def kept(visitor: Visitor) -> list[str]:
    keys: list[str] = visitor.page.evaluate("Object.keys(sessionStorage).sort()")
    return keys


def keep_grids(visitor: Visitor) -> None:
    """As grids do that were gone through: they open images for an hour."""
    visitor.page.evaluate(
        "sessionStorage.setItem('grid:/', 'x'); sessionStorage.setItem('grid:/search?q=a', 'x')"
    )
    assert kept(visitor)[:2] == ["grid:/", "grid:/search?q=a"]


def test_what_a_tab_keeps_of_grids_goes_with_the_session(visitor: Visitor, member: Person) -> None:
    page = visitor.log_in(member.username, path="/uploads")
    keep_grids(visitor)
    visitor.open("/upload")
    assert len(kept(visitor)) >= 2, "while it lasts, it is kept"
    page.locator("#log-out").evaluate("form => form.requestSubmit()")
    expect(page.get_by_text("You are logged out.")).to_be_visible()
    page.wait_for_function("sessionStorage.length === 0")


def test_it_goes_with_a_session_that_was_ended_elsewhere(visitor: Visitor, member: Person) -> None:
    visitor.log_in(member.username, path="/uploads")
    keep_grids(visitor)
    end_session(visitor)
    visitor.open("/uploads")
    assert visitor.path().startswith("/login")
    visitor.page.wait_for_function("sessionStorage.length === 0")

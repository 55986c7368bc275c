"""A second step at log-in as a person sees it: an app is set up, asked for, and its code typed in groups."""

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import FilePayload, Page, expect

from local.drive.landscapes import landscape
from local.drive.people import PASSWORD, new_person
from local.drive.portal_process import PortalProcess
from shared.adapters.memory.second_step import STEP_SECONDS, code_at
from tests.browser.conftest import Visit, faults_of_accessibility


def code(secret: str, step: int) -> str:
    """Of the step before, now, or after, in two groups. Each is good once."""
    found = code_at(secret, datetime.now(UTC) + timedelta(seconds=step * STEP_SECONDS))
    return f"{found[:3]} {found[3:]}"


def no_faults(page: Page) -> None:
    assert faults_of_accessibility(page) == []


def test_an_app_is_set_up_and_asked_for_at_the_next_log_in(portal: PortalProcess, visit: Visit) -> None:
    ann = new_person(portal)
    visitor = visit(viewport={"width": 390, "height": 840}, color_scheme="dark")
    page = visitor.log_in(ann.username, path="/account")
    page.get_by_role("link", name="Set it up…").click()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("heading", name="Set up your app")).to_be_visible()
    secret = re.sub(r"\s", "", page.locator("#app-key").inner_text())
    drawn = page.get_by_role("img", name="The key as a QR code").bounding_box()
    assert drawn
    assert drawn["width"] > 150
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    no_faults(page)
    visitor.watch.expected.append("400")
    page.get_by_label("Code from your app").fill("000000")
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("alert").get_by_text("This code is not right")).to_be_visible()
    expect(page.locator("#app-key")).to_be_visible()
    page.get_by_label("Code from your app").fill(code(secret, 0))
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_text("Your app is set up")).to_be_visible()
    expect(page.get_by_text("On.", exact=True)).to_be_visible()
    no_faults(page)

    visitor = visit()
    page = visitor.open("/login?next=/uploads")
    page.get_by_label("Username").fill(ann.username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    field = page.get_by_label("Code from your app")
    expect(field).to_be_focused()
    no_faults(page)
    page.reload()
    visitor.watch.expected.append("400")
    field.fill("000 000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").get_by_text("This code is not right")).to_be_visible()
    no_faults(page)
    field.fill(code(secret, 1))
    page.get_by_role("button", name="Log in", exact=True).dblclick()
    page.wait_for_url("**/uploads")

    # A session that ends in the middle of an upload: its dialog has no field for a code, and says where there is one.
    visitor.watch.expected += ["401"]
    visitor.open("/upload")
    page.context.clear_cookies()
    photo = FilePayload(name="lake.jpg", mimeType="image/jpeg", buffer=landscape(1, 0.2))
    page.locator("#file").set_input_files(photo)
    page.locator("#start").click()
    dialog = page.get_by_role("dialog", name="Log in to go on")
    dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    dialog.get_by_role("button", name="Log in", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("Your account has a second step")
    with page.context.expect_page() as tab:
        dialog.get_by_role("link", name="log in in a new tab").click()
    expect(tab.value.get_by_role("heading", name="Welcome back")).to_be_visible()

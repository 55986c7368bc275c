"""What holds on every page: accessible in light and dark, usable by keyboard and on a phone, light, and closed."""

import gzip
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Page, Response, expect

from local.drive.people import PASSWORD, Person
from local.drive.portal_process import PortalProcess
from tests.browser.conftest import Visit, Visitor, faults_by_axe
from tests.support_slice import THOROUGH, a_part

OPEN = ["/", "/signup", "/confirm", "/login", "/forgot", "/licences", "/about", "/api/v1/docs"]
OWN = [
    "/",
    "/image/{image}",
    "/search?q=%23lake",
    "/home/user/{user}",
    "/home/user/{user}/albums",
    "/albums/new",
    "/album/{album}",
    "/upload",
    "/uploads",
    "/account",
    "/account/delete",
    "/account/email",
    "/account/second-step",
    "/account/passkeys",
    "/downloads",
    "/share/profile/mine",
    "/shares",
    "/requests",
    "/requests/sent",
    "/image/{image}/report",
    "/notices",
    "/ops",
    "/ops/trends",
    "/ops/trends?span=7d",
    "/ops/workers",
    "/ops/failed",
    "/ops/failed?reason=x",
    "/ops/failed/confirm?verb=redrive",
    "/ops/consistency",
    "/ops/dead-letters",
    "/ops/audit",
    "/ops/reingest",
    "/ops/reingest/confirm",
    "/ops/reingest/confirm?username=nobody",
    "/ops/uploads",
    "/ops/uploads?q=zebra",
    "/ops/uploads/{image}",
]
MODERATED = ["/moderation", "/moderation/images/{image}", "/moderation/audit"]
REPEATED = (
    ".op:nth-of-type(n + 12):not(#models), #models :nth-of-type(n + 12), .api-nav li:nth-of-type(n + 12)"
)
"""Most of the API's operations, all drawn by the same lines: axe would take ten seconds over them."""
LINKED = ["{link}", "{all}", "{linked_album}", "{all}/i/{image}", "{closed}"]


@pytest.fixture
def paths(photographer: Person) -> list[str]:
    """The pages of somebody who is logged in, and those behind links."""
    image = photographer.images(user=photographer.username)[0]["id"]
    # Once; more change nothing.
    photographer.report(image, reason="copyright", text="Long words: " + "harbour" * 30)
    album = photographer.get("/albums")["items"][0]["id"]
    known = {
        "image": image,
        "album": album,
        "user": photographer.username,
        "link": photographer.share(f"images/{image}"),
        "all": photographer.share("account"),
        "linked_album": photographer.share(f"albums/{album}"),
        "closed": photographer.share(f"images/{image}", password="low tide"),
    }
    return [path.format_map(known) for path in (*LINKED, *OWN, *MODERATED)]


def log_in_as_operator(visitor: Visitor) -> Page:
    env = visitor.portal.env()
    return visitor.log_in(env["OPERATOR_USERNAME"], env["OPERATOR_PASSWORD"])


def log_in_as_moderator(visitor: Visitor) -> Page:
    env = visitor.portal.env()
    return visitor.log_in(env["MODERATOR_USERNAME"], env["MODERATOR_PASSWORD"])


def pages(visitor: Visitor, paths: list[str]) -> Iterator[str]:
    """Open a fifth of all pages, another each day: first the public ones, then, logged in as the operator and as the
    moderator, the others."""
    today = partial(a_part, turn=0, of=5)
    for path in today([*OPEN, *paths[: len(LINKED)]]):
        visitor.open(path)
        yield path
    log_in_as_operator(visitor)
    for path in today(paths[len(LINKED) : -len(MODERATED)]):
        visitor.open(path)
        yield path
    visitor.page.context.clear_cookies()
    log_in_as_moderator(visitor)
    for path in today(paths[-len(MODERATED) :]):
        visitor.open(path)
        yield path


TELEPHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}


DEVICES = [pytest.param("light", {}, id="desk"), pytest.param("dark", TELEPHONE, id="telephone")]


@pytest.mark.parametrize(("scheme", "device"), a_part(DEVICES, 0, 2))
def test_no_page_has_a_serious_fault_of_accessibility_of_width_or_of_policy(
    visit: Visit, paths: list[str], scheme: str, device: dict[str, Any]
) -> None:
    visitor = visit(color_scheme=scheme, **device)
    rules = ["color-contrast", "target-size"] if device else []  # nothing else differs
    faults, widths = {}, {}
    policies: dict[str, str] = {}

    def note(response: Response) -> None:
        if response.request.resource_type == "document":
            policies[response.url] = response.headers.get("content-security-policy", "")

    visitor.page.on("response", note)
    for path in pages(visitor, paths):
        widths[path] = visitor.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if not THOROUGH:
            visitor.page.locator(REPEATED).evaluate_all("sections => sections.forEach(it => it.remove())")
        faults[path] = faults_by_axe(visitor.page, *rules)
    assert {path: found for path, found in faults.items() if found} == {}
    assert {path: width for path, width in widths.items() if width > 0} == {}
    # That no page offends against its policy is seen on the console, for every visitor of every test.
    assert len(policies) >= len(faults)
    for url, policy in policies.items():
        assert "default-src 'none'" in policy, url
        assert "script-src 'self';" in policy, url
        assert "frame-ancestors 'none'" in policy, url
        assert "unsafe" not in policy, url


def test_the_feed_weighs_less_than_100_kb_beside_its_pictures(visit: Visit, photographer: Person) -> None:
    # Given somebody who is logged in, with an empty cache
    cookies = visit()
    log_in_as_operator(cookies)
    visitor = visit(fresh=True, storage_state=cookies.page.context.storage_state())
    answers: list[Response] = []
    visitor.page.on("response", lambda answer: answers.append(answer))
    # When they open the feed
    visitor.open("/")
    visitor.page.wait_for_load_state("networkidle")
    expect(visitor.page.locator("#grid > li").nth(11)).to_be_attached()
    # Then all but the pictures is light, compressed as a proxy in front does it
    kinds = ("document", "stylesheet", "script", "font")
    parts = [a for a in answers if a.request.resource_type in kinds and a.status == 200]
    assert {part.request.resource_type for part in parts} == set(kinds)
    weights = {part.url: len(gzip.compress(part.body())) for part in parts}
    assert sum(weights.values()) < 100_000, weights


def test_the_first_tab_stop_skips_to_the_content(visitor: Visitor) -> None:
    page = visitor.open("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main#content")).to_be_focused()


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until an element has the focus, at most as often as a patient person would."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} can't be reached by keyboard")


def test_log_in_and_search_work_by_keyboard_alone(
    visitor: Visitor, member: Person, photographer: Person, portal: PortalProcess
) -> None:
    page = visitor.open("/login")
    tab_to(page, "#username")
    page.keyboard.type(member.username)
    tab_to(page, "#password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{portal.url}/")
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Search images")).to_be_focused()
    page.keyboard.type("#harbour")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=%23harbour")
    tab_to(page, "#grid a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/image/*")
    tab_to(page, "#lightbox [data-page]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Use this image")).to_be_visible()
    tab_to(page, ".menu summary")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Log out")).to_be_hidden()

"""An image over the grid, as people go through many: by mouse, keyboard and thumb, and back to where they were."""

import re

from playwright.sync_api import Page, expect

from local.drive.people import Person
from tests.browser.conftest import Visit, Visitor, faults_of_accessibility


def tiles(page: Page) -> list[str]:
    """The ids on the page, in their order."""
    ids: list[str] = page.evaluate(
        "[...document.querySelectorAll('#grid > .tile')].map((t) => t.id.slice(2))"
    )
    return ids


def at(visitor: Visitor, image_id: str) -> None:
    visitor.page.wait_for_url(f"{visitor.portal.url}/image/{image_id}")


def test_images_are_looked_through_over_the_grid(visitor: Visitor, photographer: Person) -> None:
    page = visitor.log_in(photographer.username)
    home = f"/home/user/{photographer.username}"
    page.set_viewport_size({"width": 700, "height": 500})
    visitor.open(f"{home}?limit=4")
    expect(page.locator("#grid > .tile").nth(7)).to_be_attached()  # the next page came by itself
    ids = tiles(page)
    page.locator(f"#t-{ids[5]} > a").scroll_into_view_if_needed()
    place = page.evaluate("scrollY")
    page.locator(f"#t-{ids[5]} > a").click()

    dialog = page.get_by_role("dialog", name=f"Image by {photographer.username}")
    expect(dialog).to_be_visible()
    at(visitor, ids[5])
    expect(dialog.get_by_role("img")).to_have_attribute("src", re.compile("/previews/"))
    image = photographer.get(f"/images/{ids[5]}")
    expect(dialog.get_by_text(image["caption"], exact=True)).to_be_visible()
    expect(dialog.get_by_role("link", name="Open its page")).to_have_attribute("href", re.compile(ids[5]))
    assert faults_of_accessibility(page) == []

    page.keyboard.press("ArrowRight")
    at(visitor, ids[6])
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    at(visitor, ids[4])
    dialog.get_by_role("button", name="Next image").click()
    at(visitor, ids[5])
    page.keyboard.press("Escape")
    page.wait_for_url(f"**{home}?limit=4")
    expect(dialog).to_be_hidden()
    expect(page.locator(f"#t-{ids[5]} > a")).to_be_focused()
    assert page.evaluate("scrollY") == place

    page.keyboard.press("Enter")
    at(visitor, ids[5])
    page.go_back()
    expect(dialog).to_be_hidden()
    expect(page.locator(f"#t-{ids[5]} > a")).to_be_focused()
    page.go_forward()
    expect(dialog).to_be_visible()
    page.reload()
    expect(page.get_by_role("link", name="Download original")).to_be_visible()
    page.go_back()
    expect(page.locator("#grid > .tile").nth(3)).to_be_attached()


def test_the_next_page_comes_at_the_end_and_ordinary_ways_stay(
    visitor: Visitor, photographer: Person
) -> None:
    page = visitor.log_in(photographer.username)
    page.route(re.compile(r"cursor="), lambda route: route.abort())
    visitor.watch.expected.append("ERR_FAILED")
    visitor.open(f"/home/user/{photographer.username}?limit=4")
    expect(page.locator("#more .note")).to_have_text("Could not load more. Try again.")
    page.unroute(re.compile(r"cursor="))
    ids = tiles(page)
    with page.context.expect_page() as other:
        page.locator(f"#t-{ids[0]} > a").click(modifiers=["ControlOrMeta"])
    expect(other.value.get_by_role("link", name="Download original")).to_be_visible()
    page.locator(f"#t-{ids[3]} > a").click()
    at(visitor, ids[3])
    page.keyboard.press("ArrowRight")
    expect(page.locator("#grid > .tile").nth(7)).to_be_attached()
    at(visitor, tiles(page)[4])
    page.get_by_role("button", name="Close").click()
    expect(page.locator(f"#t-{tiles(page)[4]} > a")).to_be_focused()


def test_on_a_phone_a_swipe_goes_on(visit: Visit, photographer: Person) -> None:
    visitor = visit(viewport={"width": 390, "height": 800}, is_mobile=True, has_touch=True)
    page = visitor.log_in(photographer.username)
    visitor.open(f"/home/user/{photographer.username}")
    ids = tiles(page)
    page.locator(f"#t-{ids[0]} > a").tap()
    expect(page.get_by_role("button", name="Previous image")).to_be_hidden()
    for start, end, wanted in ((300, 80, ids[1]), (80, 300, ids[0])):
        hand = page.context.new_cdp_session(page)
        for kind, x in (("touchStart", start), ("touchMove", (start + end) / 2), ("touchMove", end)):
            hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": 300}]})
        hand.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        at(visitor, wanted)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

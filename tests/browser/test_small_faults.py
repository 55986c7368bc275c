"""Small things that people stumbled over: odd pictures, one stop a tile, forms that help, nothing offered in vain."""

import io

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from local.drive.landscapes import landscape
from local.drive.people import Person, mailed_code, new_person, sign_up
from local.drive.portal_process import PortalProcess
from tests.browser.conftest import Visitor


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def odd(portal: PortalProcess) -> Person:
    """Somebody with a tiny picture, a white one on nothing, and an ordinary one of which all rights are reserved."""
    person = new_person(portal)
    white = Image.new("RGBA", (600, 400), (255, 255, 255, 0))
    ImageDraw.Draw(white).ellipse((200, 100, 400, 300), fill=(255, 255, 255, 255))
    person.publish(png(Image.new("RGB", (24, 16), "navy")), "tiny.png", caption="tiny", licence="cc0")
    person.publish(png(white), "white.png", caption="white", licence="cc0")
    person.publish(landscape(1, 0.4), caption="reserved", licence="all-rights-reserved")
    return person


@pytest.fixture
def profile(visitor: Visitor, odd: Person, member: Person) -> Page:
    """Their profile, seen by somebody else."""
    visitor.log_in(member.username)
    return visitor.open(f"/home/user/{odd.username}")


def test_a_tiny_image_is_drawn_at_most_twice_its_size(profile: Page) -> None:
    box = profile.get_by_alt_text("tiny", exact=True).bounding_box()
    assert box
    assert box["width"] <= 48
    assert box["height"] <= 32


def test_white_on_nothing_can_be_seen(profile: Page) -> None:
    tile = profile.locator(".tile", has=profile.get_by_alt_text("white", exact=True))
    expect(tile.locator("img")).to_have_js_property("complete", True)
    tile.scroll_into_view_if_needed()
    seen = Image.open(io.BytesIO(tile.locator("img").screenshot())).convert("L")
    middle = seen.getpixel((seen.width // 2, seen.height // 2))
    corners = seen.crop((20, 20, seen.width // 5, seen.height // 2))
    assert middle == 255
    assert max(corners.tobytes()) < 200


def test_a_tile_is_one_stop_for_the_tab_key(profile: Page) -> None:
    profile.locator(".tile > a").first.focus()
    for number in (1, 2):
        profile.keyboard.press("Tab")
        assert (
            profile.evaluate("[...document.querySelectorAll('.tile > a')].indexOf(document.activeElement)")
            == number
        )


def test_who_may_only_look_is_not_offered_a_download(profile: Page, visitor: Visitor, odd: Person) -> None:
    tile = profile.locator(".tile", has=profile.get_by_alt_text("reserved", exact=True))
    expect(tile.locator(".tile-get")).to_have_count(0)
    tile.locator("a").first.click()
    profile.get_by_role("link", name="Open its page").click()
    expect(profile.locator(".answers li")).to_have_text(
        ["Look at it here", "Ask the owner before you use it"]
    )
    expect(profile.get_by_role("link", name="Download original")).to_have_count(0)
    profile.context.clear_cookies()
    here = visitor.path()
    visitor.log_in(odd.username, path=here)
    expect(profile.get_by_role("link", name="Download original")).to_be_visible()


def test_each_wrong_field_is_named_and_the_first_has_the_focus(visitor: Visitor) -> None:
    visitor.watch.expected.append("422")
    page = visitor.open("/signup")
    expect(page.get_by_label("Username")).to_be_focused()
    page.get_by_label("Username").fill("x")
    page.get_by_label("Email").fill("nowhere")
    page.get_by_label("Password", exact=True).fill("short")
    page.get_by_role("button", name="Sign up").click()
    expect(page.locator("#error-summary li")).to_have_count(3)
    expect(page.locator("[aria-invalid=true]")).to_have_count(3)
    expect(page.get_by_label("Username")).to_be_focused()


def test_a_code_with_a_space_leads_to_a_log_in_with_the_name(visitor: Visitor) -> None:
    name = sign_up(visitor.portal)
    code = mailed_code(visitor.portal, f"{name}@example.com")
    page = visitor.open(f"/confirm?username={name}")
    expect(page.get_by_label("Code")).to_be_focused()
    page.get_by_label("Code").fill(f"{code[:3]} {code[3:]}")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_label("Username")).to_have_value(name)
    expect(page.get_by_label("Password", exact=True)).to_be_focused()

"""An owner edits an image in a browser, in two windows at once, by keyboard, in dark and on a phone."""

import pytest
from playwright.sync_api import expect

from local.drive.landscapes import landscape
from local.drive.people import Person
from tests.browser.conftest import Visit, faults_of_accessibility
from tests.support_slice import a_part

LOOKS = [("light", 360), ("light", 1280), ("dark", 1280), ("dark", 360)]


@pytest.fixture
def image(member: Person) -> str:
    """The path of a picture of one's own."""
    published = member.publish(landscape(3, 0.4), "desert.jpg", caption="Desert #heat", licence="cc-by")
    return f"/image/{published['id']}"


def test_two_windows_edit_one_image_and_nothing_is_overwritten_unseen(
    visit: Visit, member: Person, image: str
) -> None:
    # Given the form in two windows of one person
    visitor = visit()
    visitor.watch.expected.append("412")  # the browser notes on its console what the second window is told
    left = visitor.log_in(member.username, path=image)
    left.get_by_role("link", name="Edit").click()
    right = left.context.new_page()
    right.goto(left.url)
    # When the first changes caption and licence
    left.get_by_label("Caption and hashtags").fill("Dunes #dunes")
    left.get_by_label("Licence").select_option("cc0")
    left.get_by_role("button", name="Save").click()
    # Then it is back at the image, and says so
    expect(left.get_by_text("Your changes are saved.")).to_be_visible()
    assert visitor.path() == image
    expect(left.locator(".caption")).to_have_text("Dunes #dunes")
    # When the second, by keyboard, saves another caption and an alternative text
    right.get_by_label("Caption and hashtags").fill("Sand and sun #sand")
    right.keyboard.press("Tab")
    right.keyboard.type("Dunes under a high sun")
    right.keyboard.press("Tab")
    for _ in range(2):  # past the licence and the link beside it
        right.keyboard.press("Tab")
    right.keyboard.press("Enter")
    # Then it sees what changed, its own text is kept, and the focus is on the summary
    expect(right.get_by_role("heading", name="This image has changed meanwhile")).to_be_visible()
    expect(right.locator("#error-summary")).to_be_focused()
    expect(right.get_by_label("Caption and hashtags")).to_have_value("Sand and sun #sand")
    expect(right.locator("#caption-now")).to_contain_text("Dunes #dunes")
    expect(right.get_by_label("Alternative text")).to_have_value("Dunes under a high sun")
    expect(right.get_by_label("Licence")).to_have_value("cc0")
    assert faults_of_accessibility(right) == []
    # And when it decides for its own, that stands, with the licence of the first
    right.get_by_role("button", name="Save mine").click()
    expect(right.get_by_text("Your changes are saved.")).to_be_visible()
    expect(right.locator(".stage img")).to_have_attribute("alt", "Dunes under a high sun")
    expect(right.locator(".caption")).to_have_text("Sand and sun #sand")
    expect(right.locator(".use .badge")).to_have_text("CC0")


@pytest.mark.parametrize(("scheme", "width"), a_part(LOOKS, 0, 2))
def test_the_form_is_accessible_and_fits_with_and_without_errors(
    visit: Visit, member: Person, image: str, scheme: str, width: int
) -> None:
    visitor = visit(viewport={"width": width, "height": 800}, color_scheme=scheme)
    visitor.watch.expected.append("422")
    page = visitor.log_in(member.username, path=f"{image}/edit")
    expect(page.get_by_label("Caption and hashtags")).to_have_value("Desert #heat")
    assert faults_of_accessibility(page) == []
    page.get_by_label("Alternative text").fill("x" * 1001)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Alternative text")).to_be_focused()
    expect(page.locator("#alt-error")).to_contain_text("1,000 are the most")
    assert faults_of_accessibility(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_works_without_javascript(visit: Visit, member: Person, image: str) -> None:
    visitor = visit(java_script_enabled=False)
    page = visitor.log_in(member.username, path=f"{image}/edit")
    page.get_by_label("Alternative text").fill("Dunes")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your changes are saved.")).to_be_visible()
    expect(page.locator(".stage img")).to_have_attribute("alt", "Dunes")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_several_images_are_picked_by_keyboard_and_edited_together(
    visit: Visit, member: Person, image: str, scheme: str, width: int
) -> None:
    second = member.publish(landscape(6, 0.3), "hills.jpg", caption="Hills", licence="cc-by")
    visitor = visit(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = visitor.log_in(member.username, path=f"/home/user/{member.username}")
    page.get_by_role("link", name="Edit several").click()
    expect(page.get_by_role("button", name="Apply to picked images")).to_be_visible()
    assert faults_of_accessibility(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_label("Add hashtags").fill("#journey")
    for caption in ("Hills", "Desert #heat"):
        page.get_by_role("checkbox", name=caption).press("Space")
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(2)
    assert faults_of_accessibility(page) == []
    page.get_by_role("button", name="Apply to picked images").click()
    expect(page.get_by_text("2 images are as you want them.")).to_be_visible()
    visitor.open(f"/search?q=%23journey+@{member.username}")
    expect(page.locator("#grid > li")).to_have_count(2)
    assert f"/image/{second['id']}" in page.content()
    assert image in page.content()

"""Finding as somebody does who does not know the words: suggestions while typing, and filters."""

import pytest
from playwright.sync_api import Page, expect

from local.drive.landscapes import landscape
from local.drive.people import Person, new_person
from local.drive.portal_process import PortalProcess
from tests.browser.conftest import Visit, Visitor, faults_of_accessibility


@pytest.fixture(scope="module")
def zoe(portal: PortalProcess) -> Person:
    """Somebody whose images have words that nobody else uses."""
    person = new_person(portal)
    person.publish(landscape(0, 0.4), caption="Zephyrine over the #zephyrlake")
    person.publish(landscape(1, 0.4), caption="Zephyr and #zephyrlake")
    return person


@pytest.fixture
def field(visitor: Visitor, zoe: Person) -> Page:
    return visitor.log_in(zoe.username, path="/")


def test_a_search_is_completed_by_keyboard(field: Page) -> None:
    search = field.get_by_role("combobox", name="Search images")
    expect(search).to_have_attribute("aria-expanded", "false")
    search.focus()
    field.keyboard.type("old zeph")
    options = field.get_by_role("option")
    expect(options).to_have_text(
        ["#zephyrlake2 images", "zephyrlake2 images", "zephyrine1 image", "zephyr1 image"]
    )
    expect(search).to_have_attribute("aria-expanded", "true")
    assert faults_of_accessibility(field) == []
    field.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(search).to_have_attribute("aria-activedescendant", "suggestion-0")
    expect(search).to_have_value("old #zephyrlake")
    field.keyboard.press("ArrowUp")
    expect(search).to_have_value("old zeph")
    field.keyboard.press("ArrowUp")
    expect(search).to_have_value("old zephyr")
    field.keyboard.press("Escape")
    expect(search).to_have_value("old zeph")
    expect(field.get_by_role("listbox")).to_be_hidden()
    search.fill("#zephyr")
    field.get_by_role("option", name="#zephyrlake").wait_for()
    field.keyboard.press("ArrowDown")
    field.keyboard.press("Enter")
    field.wait_for_url("**/search?q=%23zephyrlake")
    expect(field.get_by_role("heading", level=1)).to_contain_text("2 images")


def test_a_suggestion_is_chosen_by_a_click(field: Page, zoe: Person) -> None:
    field.get_by_role("combobox", name="Search images").fill(f"@{zoe.username[:6]}")
    field.get_by_role("option", name=f"@{zoe.username}").click()
    field.wait_for_url(f"**/search?q=%40{zoe.username}")


def test_without_an_answer_the_search_stays_a_search(field: Page, visitor: Visitor) -> None:
    visitor.watch.expected.append("Failed to load resource")
    field.route("**/api/v1/terms*", lambda route: route.abort())
    search = field.get_by_role("combobox", name="Search images")
    with field.expect_event("requestfailed"):
        search.fill("zephyr")
    expect(search).to_have_attribute("aria-expanded", "false")
    search.press("Enter")
    field.wait_for_url("**/search?q=zephyr")


def test_filters_hold_together_and_are_taken_off_one_by_one(visit: Visit, zoe: Person) -> None:
    for options in ({}, {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}):
        visitor = visit(**options)
        page = visitor.log_in(zoe.username, path="/search?q=zephyr")
        page.get_by_label("Shape").select_option("landscape")
        page.get_by_label("Size").select_option("large")
        page.get_by_text("Days").click()
        page.get_by_label("Since").fill("2020-01-31")
        assert faults_of_accessibility(page) == []
        page.get_by_role("button", name="Apply").click()
        expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
        expect(page.get_by_role("link", name="1 of any size")).to_be_visible()
        page.get_by_role("link", name="Remove filter: 12+ megapixels").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("1 image")
        expect(page.get_by_label("Since", exact=True)).to_have_value("2020-01-31")
        expect(page.get_by_role("link", name="Remove filter: Since 2020-01-31")).to_be_visible()
        assert faults_of_accessibility(page) == []

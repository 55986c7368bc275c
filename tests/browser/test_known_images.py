"""Files that are on the portal already are said to be, and sent only by their person's word."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from local.drive.landscapes import landscape
from local.drive.people import Person
from tests.browser.conftest import SCHEMES, Visit, faults_of_accessibility


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_is_here_already_is_left_out_until_its_person_says_otherwise(
    visit: Visit, member: Person, tmp_path: Path, scheme: str
) -> None:
    for number in (1, 2):
        (tmp_path / f"scene {number}.jpg").write_bytes(landscape(number, 0.3))
    mine = member.publish((tmp_path / "scene 1.jpg").read_bytes(), "lake.jpg")
    visitor = visit(viewport={"width": 390 if scheme == "dark" else 1280, "height": 844}, color_scheme=scheme)
    page = visitor.log_in(member.username, path="/upload")
    page.locator("#file").set_input_files([tmp_path / "scene 1.jpg", tmp_path / "scene 2.jpg"])
    row = page.locator(".row", has_text="scene 1.jpg")
    expect(row.locator("[data-state]")).to_have_text("You have this already")
    expect(page.locator("#summary-text")).to_have_text("1 file ready · 1 you have already")
    assert (row.get_by_role("link", name="View scene 1.jpg").get_attribute("href") or "").endswith(mine["id"])
    assert faults_of_accessibility(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")
    page.locator("#start").click()
    expect(page.locator("#summary-text")).to_have_text("Your image is published · 1 you have already")
    assert len(member.images(user=member.username)) == 2
    row.get_by_role("button", name="Send anyway scene 1.jpg").click()
    page.locator("#start").click()
    expect(page.locator("#summary-text")).to_have_text("All 2 images are published")
    assert len(member.images(user=member.username)) == 3
    expect(row.locator("[data-state]")).to_have_text("Published. It looks like one of yours")
    other = row.get_by_role("link", name="See the other scene 1.jpg")
    assert (other.get_attribute("href") or "").endswith(mine["id"])
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")

"""A reader reports, a moderator hides, the owner sees why and answers, the moderator restores: as people do it."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from local.drive.landscapes import landscape
from local.drive.people import PASSWORD, Person, new_person
from local.drive.portal_process import PortalProcess
from tests.browser.conftest import Visit, Visitor, faults_of_accessibility


@pytest.fixture
def moderator(portal: PortalProcess, visit: Visit) -> Visitor:
    """The moderator, logged in."""
    visitor, env = visit(), portal.env()
    visitor.log_in(env["MODERATOR_USERNAME"], env["MODERATOR_PASSWORD"])
    return visitor


def noise() -> bytes:
    """A picture like no other test's: what is removed is held when it comes again."""
    out = io.BytesIO()
    Image.effect_noise((400, 300), 90).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def case_of(page: Page, owner: str) -> None:
    """Open what is reported of an owner's image."""
    page.get_by_role("heading", name=f"Image by {owner}").get_by_role("link").click()


def test_from_a_report_to_an_answer_and_back(
    portal: PortalProcess, visit: Visit, member: Person, moderator: Visitor
) -> None:
    ann = member
    image = ann.publish(landscape(5, 0.3), "fog.jpg", caption="Fog over the mill #fog")["id"]
    reader, owner = visit(viewport={"width": 390, "height": 844}), visit(color_scheme="dark")
    # A reader reports it
    bob = new_person(portal)
    page = reader.log_in(bob.username, PASSWORD, path=f"/image/{image}")
    page.get_by_role("link", name="Report this image").click()
    page.get_by_role("button", name="Report it").click()
    reader.watch.expected.append("422")  # which the browser notes on its console
    expect(page.get_by_role("alert").get_by_text("Choose what is wrong.")).to_be_visible()
    assert faults_of_accessibility(page) == []
    page.get_by_label("Copyright, or a wrong licence").check()
    page.get_by_label("In your own words").fill("I took this in May.")
    page.get_by_role("button", name="Report it").click()
    expect(page.get_by_text("Thank you. Moderators will look at this image.")).to_be_visible()
    # A moderator hides it
    desk = moderator.open("/moderation")
    card = desk.locator(".case", has=desk.get_by_role("link", name=f"Image by {ann.username}"))
    card.get_by_text("What was said, and what to do").click()
    expect(card.get_by_text("I took this in May.")).to_be_visible()
    assert faults_of_accessibility(desk) == []
    case_of(desk, ann.username)
    expect(desk.get_by_label("Reason", exact=True)).to_have_value("copyright")
    desk.get_by_label("What its owner reads").fill("Is it yours? Say where you took it.")
    desk.get_by_role("button", name="Hide").click()
    expect(desk.get_by_text(f"You hid the image by {ann.username}.")).to_be_visible()
    reader.watch.expected.append("404")
    reader.open(f"/image/{image}")
    expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()
    # Its owner sees why, and answers
    own = owner.log_in(ann.username, PASSWORD, path="/uploads")
    expect(own.get_by_text("Hidden by a moderator.")).to_be_visible()
    owner.open(f"/image/{image}")
    expect(own.get_by_text("Is it yours? Say where you took it.")).to_be_visible()
    assert faults_of_accessibility(own) == []
    own.get_by_role("link", name="Answer it").click()
    own.get_by_text("Answer", exact=False).and_(own.locator("summary")).click()
    own.get_by_label("Your answer").fill("At the mill near Ulm, on 3 May.")
    assert faults_of_accessibility(own) == []
    own.get_by_role("button", name="Send the answer").click()
    expect(own.get_by_text("Your answer is recorded.")).to_be_visible()
    # The moderator reads it and restores the image
    moderator.open("/moderation")
    answers = desk.get_by_role("region", name="What owners answered")
    expect(answers.get_by_text("At the mill near Ulm")).to_be_visible()
    answers.get_by_role("link", name=f"the image by {ann.username}").click()
    assert faults_of_accessibility(desk) == []
    desk.get_by_role("button", name="Show it again").click()
    expect(desk.get_by_text(f"You restored the image by {ann.username}.")).to_be_visible()
    reader.open(f"/image/{image}")
    expect(page.get_by_text("Fog over the mill", exact=False).first).to_be_visible()
    owner.open("/notices")
    expect(own.get_by_text("A moderator restored this image.")).to_be_visible()


def test_without_scripts_an_image_is_removed_once_that_was_asked_twice(
    visit: Visit, member: Person, portal: PortalProcess, moderator: Visitor
) -> None:
    image = member.publish(noise(), "x.jpg", caption="Not for here")["id"]
    visitor = visit(
        fresh=True,
        java_script_enabled=False,
        storage_state=moderator.page.context.storage_state(),
        color_scheme="dark",
    )
    page = visitor.open(f"/moderation/images/{image}")
    page.get_by_label("Reason", exact=True).select_option("illegal")
    page.get_by_label("What its owner reads").fill("A court said so.")
    page.get_by_role("button", name="Remove…").click()
    expect(page.get_by_role("heading", name="Remove this image for good?")).to_be_visible()
    expect(page.get_by_label("What its owner reads")).to_have_value("A court said so.")
    page.get_by_role("button", name="Remove it for good").click()
    expect(page.get_by_text(f"You removed the image by {member.username}.")).to_be_visible()
    visitor.open(f"/moderation/audit?image_id={image}")
    expect(page.get_by_text("A court said so.")).to_be_visible()
    owner = visit()
    owner.watch.expected.append("410")
    own = owner.log_in(member.username, PASSWORD)
    owner.open(f"/image/{image}")
    expect(own.get_by_role("heading", name="Removed")).to_be_visible()
    expect(own.get_by_text("A court said so.")).to_be_visible()
    assert faults_of_accessibility(own) == []
    assert re.search(r"Undo", own.content()) is None

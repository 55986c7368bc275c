"""Asking an owner, as two people do it in two browsers."""

import re

from playwright.sync_api import expect

from local.drive.landscapes import landscape
from local.drive.people import new_person
from local.drive.portal_process import PortalProcess
from tests.browser.conftest import Visit, faults_of_accessibility


def test_somebody_asks_and_the_owner_answers(portal: PortalProcess, visit: Visit) -> None:
    ann, ben = new_person(portal), new_person(portal)
    image = ann.publish(landscape(2, 0.3), caption="Not for everybody", licence="all-rights-reserved")["id"]
    asker = visit()
    page = asker.log_in(ben.username)
    asker.open(f"/image/{image}")
    page.get_by_role("link", name="Ask to use it").click()
    expect(page.get_by_label("What do you want to use it for?")).to_be_visible()
    assert faults_of_accessibility(page) == []
    page.get_by_label("What do you want to use it for?").fill("A poster for our choir,\nfor two weeks.")
    page.get_by_role("button", name=f"Ask {ann.username}").click()
    expect(page.get_by_text("Waits for an answer")).to_be_visible()
    assert asker.path() == "/requests/sent"
    assert faults_of_accessibility(page) == []

    owner = visit(viewport={"width": 390, "height": 800}, is_mobile=True, has_touch=True, color_scheme="dark")
    page = owner.log_in(ann.username, path="/")
    page.get_by_label(re.compile(r"Your menu, .*to answer: 1")).click()
    page.get_by_role("link", name="Requests 1 to answer").click()
    expect(page.get_by_text("A poster for our choir,")).to_be_visible()
    assert faults_of_accessibility(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_label("In words, if you like").fill("Gladly, with my name.")
    owner.watch.expected.append("422")
    page.get_by_role("button", name="Send answer").click()
    expect(page.get_by_role("alert").get_by_text("Say yes or no.")).to_be_visible()
    page.get_by_label("Yes").check()
    page.get_by_role("button", name="Send answer").click()
    expect(page.get_by_text(re.compile("You said yes"))).to_be_visible()
    expect(page.get_by_text("to answer")).to_have_count(0)

    page = asker.page
    page.reload()
    expect(page.get_by_text(f"{ann.username} said yes")).to_be_visible()
    expect(page.get_by_text("Gladly, with my name.")).to_be_visible()

"""Taking back as a person does it: a question, ten seconds of doubt, and the word that nothing is left."""

import re

import requests
from playwright.sync_api import expect

from local.drive.landscapes import landscape
from local.drive.people import PASSWORD, new_person
from local.drive.portal_process import PortalProcess
from tests.browser.conftest import Visit, faults_of_accessibility

SOON_MS = 90_000  # 60 s after it was published, so that no attempt can be running; and a machine that does much else


def test_an_image_is_taken_back_undone_and_taken_back_for_good(portal: PortalProcess, visit: Visit) -> None:
    ann = new_person(portal)
    for_good = ann.publish(landscape(4, 0.2), "boat.jpg")["id"]
    upload_id = ann.publish(landscape(3, 0.2), caption="A boat to be forgotten")["id"]
    visitor = visit()
    page = visitor.log_in(ann.username, PASSWORD)
    visitor.open(f"/image/{upload_id}")
    page.get_by_role("link", name="Take back").click()
    expect(page.get_by_role("heading", name="Take this image back?")).to_be_visible()
    expect(page.get_by_text("A boat to be forgotten")).to_be_visible()
    assert faults_of_accessibility(page) == []
    visitor.watch.expected.append("410")  # the answer that the browser's console calls an error
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_role("heading", name="Taken back")).to_be_visible()
    expect(page.get_by_text(re.compile(r"You can undo this for \d seconds?\."))).to_be_visible()
    assert faults_of_accessibility(page) == []
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("A boat to be forgotten", exact=True)).to_be_visible()
    assert visitor.path() == f"/image/{upload_id}"

    visitor.open(f"/image/{for_good}")
    link = page.get_by_role("link", name="Download original").get_attribute("href") or ""
    address = page.request.get(portal.url + link, max_redirects=0).headers["location"]
    assert requests.get(address, timeout=5).status_code == 200
    page.get_by_role("link", name="Take back").click()
    page.get_by_role("button", name="Take back").click()
    page.get_by_role("link", name="See what you took back").click()
    row = page.locator(f"#u-{for_good}")
    expect(row.get_by_role("button", name="Undo")).to_be_visible()
    page.wait_for_event("response", lambda answer: "ids=" in answer.url)  # the script's words are the page's
    expect(row).to_contain_text("Taken back")
    expect(row.get_by_text("Too late to undo")).to_be_visible()  # without a reload
    expect(row.get_by_role("button", name="Undo")).to_be_hidden()
    expect(row).to_contain_text("nothing found when looked again", timeout=SOON_MS)
    expect(row).not_to_contain_text("boat.jpg")
    assert faults_of_accessibility(page) == []
    assert requests.get(address, timeout=5).status_code == 404


def test_without_scripts_a_selection_is_taken_back_and_undone(portal: PortalProcess, visit: Visit) -> None:
    ann = new_person(portal)
    for number in range(3):
        ann.publish(landscape(number, 0.2), f"{number}.jpg", caption=f"Boat {number}")
    visitor = visit(java_script_enabled=False)
    page = visitor.log_in(ann.username, PASSWORD)
    visitor.open(f"/home/user/{ann.username}")
    page.get_by_role("link", name="Edit several").click()
    for name in ("Boat 0", "Boat 2"):
        page.get_by_role("checkbox", name=name).check()
    page.get_by_role("button", name="Take back picked images").click()
    expect(page.get_by_role("heading", name="Take these 2 images back?")).to_be_visible()
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("2 images are taken back.")).to_be_visible()
    page.get_by_role("button", name="Undo all 2").click()
    visitor.open(f"/home/user/{ann.username}")
    expect(page.locator("li.tile")).to_have_count(3)

"""One's own account as a person sees it: saved as a whole, and deleted with everything that was shared under it."""

import hashlib
import json
import zipfile
from pathlib import Path

from playwright.sync_api import expect

from local.drive.landscapes import landscape
from local.drive.people import PASSWORD, Person, mailed_code, new_person
from local.drive.portal_process import PortalProcess
from tests.browser.conftest import Visit, faults_of_accessibility


def test_a_deleted_account_takes_its_images_along_and_nobody_logs_in(
    portal: PortalProcess, visit: Visit, member: Person
) -> None:
    ann = new_person(portal)
    images = [ann.publish(landscape(number, 0.2), f"{number}.jpg")["id"] for number in range(3)]
    hers = ", ".join(f"#grid a[href^='/image/{image}']" for image in images)
    others = visit()
    others.log_in(member.username, path="/")
    expect(others.page.locator(hers)).to_have_count(3)

    visitor = visit()
    page = visitor.log_in(ann.username, path="/account")
    page.get_by_role("link", name="Delete account…").click()
    expect(page.get_by_role("heading", name="Delete your account?")).to_be_visible()
    expect(page.get_by_text("Your 3 images are gone for everybody at once")).to_be_visible()
    visitor.watch.expected.append("422")
    page.get_by_label("Your password").fill("Wrong-horse-1")
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_role("alert").get_by_text("This is not your password.")).to_be_visible()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_text("Your account is being deleted, and your images are gone.")).to_be_visible()
    expect(page.get_by_role("link", name="Log in", exact=True).first).to_be_visible()

    others.open("/")
    expect(others.page.locator(hers)).to_have_count(0)
    visitor.watch.expected += ["403", "401"]  # 401 once the sweep has come by
    visitor.open("/login")
    page.get_by_label("Username").fill(ann.username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(
        page.get_by_role("alert")
        .get_by_text("This account is being deleted")
        .or_(page.get_by_role("alert").get_by_text("User name or password is wrong"))
    ).to_be_visible()


def test_everything_is_saved_in_one_file_that_opens(
    portal: PortalProcess, visit: Visit, tmp_path: Path
) -> None:
    ann = new_person(portal)
    images = [ann.publish(landscape(number, 0.2), "At the lake.jpg") for number in range(2)]
    visitor = visit(accept_downloads=True)
    page = visitor.log_in(ann.username, path="/account")
    with page.expect_download() as begun:
        page.get_by_role("link", name="Download everything").click()
    assert begun.value.suggested_filename == f"image-portal-{ann.username}.zip"
    begun.value.save_as(tmp_path / "everything.zip")
    with zipfile.ZipFile(tmp_path / "everything.zip") as archive:
        listed = json.loads(archive.read("images.json"))
        digests = {hashlib.sha256(archive.read(image["file"])).hexdigest() for image in listed}
    assert digests == {image["sha256"] for image in images}


def test_a_new_address_gets_a_code_and_counts_once_that_is_typed(portal: PortalProcess, visit: Visit) -> None:
    ann = new_person(portal)
    new = f"{ann.username}@example.org"
    visitor = visit()
    page = visitor.log_in(ann.username, path="/account")
    page.get_by_role("link", name="Change e-mail address…").click()
    page.get_by_label("New address").fill(new)
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Send a code").click()
    expect(page.get_by_text(f"We sent a code to {new}.")).to_be_visible()
    assert faults_of_accessibility(page) == []
    visitor.watch.expected.append("400")
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("alert").get_by_text("This code is not right.")).to_be_visible()
    page.get_by_label("Code").fill(mailed_code(portal, new))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text(f"Your address is {new} from now on.")).to_be_visible()
    visitor.open("/account/email")
    expect(page.get_by_text(new)).to_be_visible()

"""An operator finds an upload, sees the way it took, and has its original compared with the record, without scripts."""

import pytest
from playwright.sync_api import expect

from local.drive.landscapes import landscape
from local.drive.people import Person
from local.drive.portal_process import PortalProcess
from tests.browser.conftest import SCHEMES, Visit, faults_of_accessibility
from tests.support_slice import a_part

NAME = "a harbour " * 16 + "unbroken" * 4 + ".jpg"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_an_upload_is_found_followed_and_compared(
    portal: PortalProcess, visit: Visit, member: Person, scheme: str
) -> None:
    member.publish(landscape(3, 0.3), NAME, caption="Low tide", licence="cc0")
    phone = {"width": 360, "height": 740} if scheme == "dark" else {"width": 1280, "height": 800}
    visitor, env = visit(java_script_enabled=False, color_scheme=scheme, viewport=phone), portal.env()
    page = visitor.log_in(env["OPERATOR_USERNAME"], env["OPERATOR_PASSWORD"], path="/ops")
    page.get_by_role("navigation", name="Operations").get_by_role("link", name="Uploads").click()
    page.get_by_label("Id, reference, @owner, file name or SHA-256").fill(f"@{member.username}")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="a harbour").click()
    expect(page.get_by_role("img", name="States of an upload")).to_have_accessible_description(
        "This one went: queued, then processing, then published. It is published now."
    )
    expect(page.get_by_text("Storing original and renditions")).to_be_visible()
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_text("their SHA-256 is the one recorded.")).to_be_visible()
    page.get_by_text("How it would look in SQS’s console").click()
    expect(page.get_by_text("worker.ingest")).to_be_visible()


@pytest.mark.parametrize("width", a_part([360, 1280], 0, 2))
def test_its_page_is_accessible_and_fits(
    portal: PortalProcess, visit: Visit, photographer: Person, width: int
) -> None:
    image = photographer.images(user=photographer.username)[0]["id"]
    visitor, env = visit(viewport={"width": width, "height": 740}), portal.env()
    page = visitor.log_in(env["OPERATOR_USERNAME"], env["OPERATOR_PASSWORD"])
    for path in (f"/ops/uploads/{image}", f"/ops/uploads?q=@{photographer.username}", "/ops/uploads?q=zebra"):
        visitor.open(path)
        assert faults_of_accessibility(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width

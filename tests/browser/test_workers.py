"""An operator pauses receiving and drains a worker, without scripts, while people go on uploading."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from local.drive.landscapes import landscape
from local.drive.people import Person, operator
from local.drive.portal_process import PortalProcess
from local.drive.waiting import wait_until
from tests.browser.conftest import Visit, faults_of_accessibility

SECONDS = 30


@pytest.fixture
def ops(portal: PortalProcess, visit: Visit) -> Iterator[Page]:
    """The operator's page of workers, in a browser without scripts; at the end all receive again."""
    env = portal.env()
    page = visit(java_script_enabled=False).log_in(
        env["OPERATOR_USERNAME"], env["OPERATOR_PASSWORD"], path="/ops/workers"
    )
    yield page
    page.goto(portal.url + "/ops/workers")
    if page.get_by_role("button", name="Resume receiving").count():
        page.get_by_role("button", name="Resume receiving").click()


def until_signed(portal: PortalProcess, sign: str) -> None:
    """Wait until every worker says so."""
    anna = operator(portal)
    wait_until(
        lambda: {worker["sign"] for worker in anna.get("/queue")["workers"]} == {sign},
        SECONDS,
        f"workers are {sign}",
    )


def test_uploads_wait_through_a_pause_and_are_published_once(
    portal: PortalProcess, ops: Page, member: Person, visit: Visit
) -> None:
    ops.get_by_role("button", name="Pause receiving").click()
    ops.get_by_label("Why?").fill("The disks are exchanged")
    ops.get_by_role("button", name="Pause receiving").click()
    expect(ops.get_by_text("Receiving is paused. Workers finish what they have")).to_be_visible()
    until_signed(portal, "paused")
    uploads = [member.upload(landscape(number, 0.3), f"{number}.jpg") for number in range(5)]
    own = visit().log_in(member.username, path="/uploads")
    expect(own.get_by_text("Processing is paused since")).to_be_visible()
    expect(own.get_by_text("The disks are exchanged")).to_have_count(0)
    ops.goto(portal.url + "/ops")
    expect(ops.get_by_text("About 5 uploads wait")).to_be_visible()
    expect(ops.get_by_text("No worker is working")).to_have_count(0)
    assert faults_of_accessibility(own) == []
    ops.get_by_role("link", name="Workers", exact=True).first.click()
    ops.get_by_role("button", name="Resume receiving").click()
    expect(ops.get_by_text("Receiving goes on.", exact=True)).to_be_visible()
    for upload in uploads:
        done = member.finished(upload)
        assert done["status"] == "published"
        assert [event["attempt"] for event in done["events"] if event["step"] == "publish"] == [1]


def test_a_worker_is_drained_and_receives_again(portal: PortalProcess, ops: Page, member: Person) -> None:
    ops.get_by_role("link", name="Drain…").first.click()
    ops.get_by_label("Why?").fill("An old kernel")
    ops.get_by_role("button", name="Drain it").click()
    until_signed(portal, "drained")
    ops.goto(portal.url + "/ops/workers")
    expect(ops.get_by_text("Every worker is drained, so nothing is received.")).to_be_visible()
    expect(ops.get_by_text("An old kernel")).to_be_visible()
    waiting = member.upload(landscape(7, 0.3))
    ops.get_by_role("link", name="Receive again…").first.click()
    ops.get_by_role("button", name="Receive again").click()
    expect(ops.get_by_text("is no longer drained.")).to_be_visible()
    assert member.finished(waiting)["status"] == "published"

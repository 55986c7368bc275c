"""An operator has S3 and MySQL compared, and what is found repaired, without scripts."""

import time

import pytest
from playwright.sync_api import Locator, Page, expect

from local.drive.landscapes import landscape
from local.drive.people import Person
from local.drive.portal_process import PortalProcess
from shared.bootstrap import worker_parts
from shared.config import WorkerSettings, load
from tests.browser.conftest import Visit, faults_of_accessibility

PATIENCE_SECONDS = 60  # a check and a repair each wait for a tick


@pytest.fixture
def lost(portal: PortalProcess, member: Person, monkeypatch: pytest.MonkeyPatch) -> str:
    """The key of a thumbnail that a published image has lost."""
    member.publish(landscape(3, 0.4), "lost.jpg", caption="Lost", licence="cc0")
    env = portal.env()
    for name, value in env.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    parts = worker_parts(load(WorkerSettings, env))
    newest = parts.uploads.recent(20)
    named = parts.inventory.find(next(u.id for u in newest if u.username == member.username))
    assert named is not None
    parts.store.delete([named.renditions[-1]])
    return named.renditions[-1]


def reload_until(page: Page, wanted: Locator) -> None:
    """Look again until it is there."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not wanted.count():
        assert time.monotonic() < until, page.locator("main").inner_text()
        page.wait_for_timeout(500)
        page.reload()


def test_what_was_lost_is_found_and_made_anew(portal: PortalProcess, visit: Visit, lost: str) -> None:
    env = portal.env()
    visitor = visit(java_script_enabled=False)
    page = visitor.log_in(env["OPERATOR_USERNAME"], env["OPERATOR_PASSWORD"], path="/ops/consistency")
    reload_until(page, page.get_by_role("button", name="Check now"))  # the week's own may be running
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_text("A worker begins within a minute.")).to_be_visible()
    page.goto(f"{portal.url}/ops/consistency")
    reload_until(page, page.get_by_role("button", name="Check now"))
    page.get_by_role("link", name="Published, but not stored", exact=True).click()
    page.get_by_label(lost).check()
    page.get_by_role("button", name="Repair what is ticked…").click()
    expect(page.get_by_role("heading", name="Repair 1 finding?")).to_be_visible()
    page.get_by_role("button", name="Repair it").click()
    expect(page.get_by_text("Asked for 1:")).to_be_visible()
    page.goto(f"{portal.url}/ops/consistency/findings?fault=missing")
    row = page.get_by_role("listitem").filter(has_text=lost)
    reload_until(page, row.get_by_text("Repaired: It was made anew."))

    for scheme, width in (("light", 1280), ("dark", 360)):
        looking = visit(color_scheme=scheme, viewport={"width": width, "height": 740})
        looking.log_in(env["OPERATOR_USERNAME"], env["OPERATOR_PASSWORD"])
        for path in ("", "/findings?fault=missing", "/confirm?fault=missing"):
            looking.open(f"/ops/consistency{path}")
            assert faults_of_accessibility(looking.page) == []
            assert looking.page.evaluate("document.documentElement.scrollWidth") <= width

"""An operator sends one reason's failed uploads again, without scripts."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from local.drive.portal_process import PortalProcess
from shared.bootstrap import worker_parts
from shared.config import WorkerSettings, load
from shared.domain.uploads import Attempt
from shared.staging import Staging
from tests.browser.conftest import SCHEMES, Visit, faults_of_accessibility
from tests.contract.uploads import new_manifest


@pytest.fixture
def failed(portal: PortalProcess, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Three accepted uploads that SQS has given up, for two reasons that no other test has: the first has two."""
    disk, away = (
        f"{name} at worker/pipeline.fetch_{uuid4().hex}" for name in ("OSError", "StoreUnavailable")
    )
    env = portal.env()
    for name, value in env.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    parts = worker_parts(load(WorkerSettings, env))
    staging = Staging(parts.store)
    for words in (f"{disk}: full 1", f"{disk}: full 2", f"{away}: down"):
        made = new_manifest()
        key, sink = staging.receive(made.owner, made.upload_id)
        sink.write(b"abc")
        sink.commit()
        digest = hashlib.sha256(b"abc").hexdigest()
        manifest = staging.accept(replace(made, staged_key=key, size_bytes=3, sha256=digest))
        last = Attempt(5, "w", datetime.now(UTC))
        parts.attempts.begin(manifest, last)
        parts.attempts.fail(manifest.upload_id, last, words)
    return disk, away


def test_one_reason_is_sent_again_and_the_other_waits(
    portal: PortalProcess, visit: Visit, failed: tuple[str, str]
) -> None:
    disk, away = failed
    visitor, env = visit(java_script_enabled=False), portal.env()
    page = visitor.log_in(env["OPERATOR_USERNAME"], env["OPERATOR_PASSWORD"], path="/ops")
    page.get_by_role("link", name="failed uploads").click()
    expect(page.get_by_role("link", name=away, exact=True)).to_be_visible()
    row = page.get_by_role("listitem").filter(has_text=disk)
    expect(row.get_by_text("2 uploads")).to_be_visible()
    row.get_by_role("link", name="Send again…").click()
    expect(page.get_by_role("heading", name="Send 2 uploads again?")).to_be_visible()
    page.get_by_role("button", name="Send them again").click()
    told = "Asked for 2: 2 sent again, 0 no longer failed, 0 with nothing staged."
    expect(page.get_by_text(told)).to_be_visible()
    expect(page.get_by_role("link", name=disk, exact=True)).to_have_count(0)
    expect(page.get_by_role("link", name=away, exact=True)).to_be_visible()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_lists_are_accessible_and_fit_a_telephone(
    portal: PortalProcess, visit: Visit, failed: tuple[str, str], scheme: str
) -> None:
    visitor = visit(color_scheme=scheme, viewport={"width": 360, "height": 740})
    env = portal.env()
    page = visitor.log_in(env["OPERATOR_USERNAME"], env["OPERATOR_PASSWORD"])
    for path in ("/ops/failed", f"/ops/failed?reason={failed[0]}", "/ops/failed/confirm?verb=redrive"):
        visitor.open(path)
        assert faults_of_accessibility(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 360

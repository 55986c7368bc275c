"""Operators clear the dead-letter queue and read the audit, without scripts; who may only look finds no button."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from local.cloud.clients import Clients
from local.drive.portal_process import PortalProcess
from tests.browser.conftest import SCHEMES, Visit, faults_of_accessibility

RUBBISH = '<img src=x onerror="alert(1)">'


@pytest.fixture
def rubbish(portal: PortalProcess) -> str:
    """A message on the dead-letter queue that nobody can read, and that no other test has."""
    env = portal.env()
    sqs = Clients.of(env).sqs
    body = f"{RUBBISH} {uuid4().hex} " + "long" * 200
    sqs.send_message(QueueUrl=env["SQS_DLQ_URL"], MessageBody=body)
    sqs.close()
    return body


def test_a_message_is_chosen_confirmed_and_discarded(
    portal: PortalProcess, visit: Visit, rubbish: str
) -> None:
    visitor, env = visit(java_script_enabled=False), portal.env()
    page = visitor.log_in(env["OPERATOR_USERNAME"], env["OPERATOR_PASSWORD"], path="/ops/dead-letters")
    section = page.get_by_role("region", name="Can’t be read")
    row = section.get_by_role("listitem").filter(has_text=rubbish[:60])
    row.get_by_role("checkbox").check()
    section.get_by_role("button", name="Discard…").click()
    expect(page.get_by_role("heading", name="Discard 1 message?")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    row.get_by_role("checkbox").check()
    section.get_by_role("button", name="Discard…").click()
    page.get_by_role("button", name="Discard it").click()
    told = "Asked for 1: 1 discarded, 0 gone already or no longer kept for you."
    expect(page.get_by_text(told)).to_be_visible()
    expect(page.get_by_text(rubbish[:60])).to_have_count(0)
    page.get_by_role("navigation", name="Operations").get_by_role("link", name="Audit").click()
    line = page.get_by_role("listitem").filter(has_text="1 dead letter:").first
    expect(line.get_by_text("1 moved")).to_be_visible()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_confirmation_is_accessible_and_fits_a_telephone(
    portal: PortalProcess, visit: Visit, rubbish: str, scheme: str
) -> None:
    visitor, env = visit(color_scheme=scheme, viewport={"width": 360, "height": 740}), portal.env()
    page = visitor.log_in(env["OPERATOR_USERNAME"], env["OPERATOR_PASSWORD"], path="/ops/dead-letters")
    assert faults_of_accessibility(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    section = page.get_by_role("region", name="Can’t be read")
    section.get_by_role("button", name=re.compile("Discard up to")).click()
    expect(page.get_by_role("heading", name=re.compile("Discard .* message"))).to_be_visible()
    assert faults_of_accessibility(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("button", name=re.compile("^Discard")).click()
    expect(page.get_by_text(re.compile("Asked for .* discarded"))).to_be_visible()


def test_who_may_only_look_finds_no_button(portal: PortalProcess, visit: Visit, rubbish: str) -> None:
    visitor, env = visit(), portal.env()
    page = visitor.log_in(env["WATCHER_USERNAME"], env["WATCHER_PASSWORD"], path="/ops/dead-letters")
    expect(page.get_by_text(rubbish[:60])).to_be_visible()
    for path in ("/ops/dead-letters", "/ops/failed", "/ops/audit", "/ops"):
        visitor.open(path)
        main = page.get_by_role("main")
        expect(main.get_by_role("button", name=re.compile("Discard|again"))).to_have_count(0)
        expect(main.get_by_role("link", name=re.compile("Discard|again…"))).to_have_count(0)
        assert faults_of_accessibility(page) == []
    visitor.watch.expected.append("403")
    visitor.open("/ops/failed/confirm?verb=redrive")
    expect(page.get_by_text("This is for the portal's operators.")).to_be_visible()

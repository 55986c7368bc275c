"""Operators see where the queue goes: a chart, and the same as a table without scripts."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from local.drive.portal_process import PortalProcess
from shared.bootstrap import worker_parts
from shared.config import WorkerSettings, load
from shared.domain.samples import Sample
from tests.browser.conftest import Visit

CHART = re.compile("^Depth of the queue, arrivals and completions")
TABLE = re.compile("^Depth, arrivals and completions")


@pytest.fixture
def sampled(portal: PortalProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """Samples of yesterday, one of which doesn't know how much waited."""
    env = portal.env()
    for name, value in env.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    samples = worker_parts(load(WorkerSettings, env)).samples
    start = datetime.now(UTC) - timedelta(hours=20)
    for step, visible in enumerate((700, 350, None, 20)):
        at = start + timedelta(minutes=10 * step)
        samples.add(Sample(at, 60, visible, 0, 0, 0, 5.0, 10, 30, 1.5, 1))


def test_the_chart_is_drawn_and_its_table_opens(portal: PortalProcess, visit: Visit, sampled: None) -> None:
    env = portal.env()
    page = visit().log_in(env["OPERATOR_USERNAME"], env["OPERATOR_PASSWORD"], path="/ops/trends?span=24h")
    chart = page.get_by_role("img", name=CHART)
    expect(chart.locator("canvas")).to_be_visible()
    table = page.get_by_role("region", name=TABLE)
    expect(table).to_be_hidden()
    page.get_by_text("The same as a table").click()
    expect(table.get_by_role("cell", name="700").first).to_be_visible()
    page.get_by_role("link", name="7d").click()
    expect(chart.locator("canvas")).to_be_visible()
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        chart.scroll_into_view_if_needed()
        expect(chart).to_be_in_viewport()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.emulate_media(color_scheme="dark")
    expect(chart.locator("canvas")).to_be_visible()


def test_without_scripts_the_table_is_open(portal: PortalProcess, visit: Visit, sampled: None) -> None:
    env = portal.env()
    visitor = visit(java_script_enabled=False)
    page = visitor.log_in(env["OPERATOR_USERNAME"], env["OPERATOR_PASSWORD"], path="/ops/trends")
    page.get_by_role("link", name="24h").click()
    table = page.get_by_role("region", name=TABLE)
    expect(table.get_by_role("cell", name="700").first).to_be_visible()
    expect(table.get_by_text("unknown").first).to_be_visible()
    expect(page.get_by_role("img", name=CHART)).to_be_hidden()

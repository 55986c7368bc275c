"""The web tier's small decisions: where log-in may lead, how sizes read."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.delivery import STALE_AFTER_SECONDS
from shared.domain.sizes import filesize
from shared.operating.workers import WorkerView
from shared.ports.operations import WorkerStatus
from web.http.redirects import own_path
from web.views.filters import number, when


@pytest.mark.parametrize(
    "target", ["/", "/upload", "/image/1?x=1&y=/a", "/search?q=%23sea", "/home/user/a.b"]
)
def test_log_in_leads_back_to_our_own_pages(target: str) -> None:
    assert own_path(target) == target


@pytest.mark.parametrize(
    "target",
    [
        "",
        "upload",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\\/evil.example",
        "///evil.example",
        "http://evil.example",
        "https:evil.example",
        "https:/evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        " //evil.example",
        "/ /evil",
        "http:///evil.example",
        "/%0d%0a\r\nX: y",
        "/é",
    ],
)
def test_log_in_leads_nowhere_else(target: str) -> None:
    assert own_path(target) == "/"


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (4_404_019, "4.2 MB"), (26_214_400, "25 MB"), (5 * 2**30, "5 GB")],
)
def test_sizes_read_as_people_say_them(size: int, text: str) -> None:
    assert filesize(size) == text


def test_times_are_machine_readable_and_friendly() -> None:
    shown = when(datetime(2026, 3, 4, 5, 6, tzinfo=UTC))
    assert shown == '<time datetime="2026-03-04T05:06:00+00:00">4 March 2026, 05:06 UTC</time>'
    assert number(1204) == "1,204"


@pytest.mark.parametrize(
    ("heartbeat", "poll", "stale"),
    [(0, None, False), (40, 40, False), (0, 91, True), (91, None, True), (91, 0, True), (50, 50, True)],
)
def test_a_worker_is_stale_by_its_heartbeat_and_by_its_last_poll(
    heartbeat: int, poll: int | None, stale: bool
) -> None:
    assert STALE_AFTER_SECONDS == 90  # as docs/operations.md says
    now = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
    worker = WorkerStatus("celery@a", "a", "1", now - timedelta(seconds=heartbeat), poll)
    assert WorkerView.of(worker, now).stale is stale

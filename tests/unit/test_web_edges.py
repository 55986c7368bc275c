"""The web tier's small decisions: where log-in may lead, how sizes read."""

from datetime import UTC, datetime

import pytest

from web.app import filesize, number, when
from web.http.sessions import own_path


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
    [(0, "0 bytes"), (999, "999 bytes"), (4_404_019, "4.2 MB"), (26_214_400, "25.0 MB"), (2048, "2.0 kB")],
)
def test_sizes_read_as_people_say_them(size: int, text: str) -> None:
    assert filesize(size) == text


def test_times_are_machine_readable_and_friendly() -> None:
    shown = when(datetime(2026, 3, 4, 5, 6, tzinfo=UTC))
    assert shown == '<time datetime="2026-03-04T05:06:00+00:00">4 March 2026, 05:06 UTC</time>'
    assert number(1204) == "1,204"

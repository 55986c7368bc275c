"""A log's lines: one JSON object each, in UTC, whatever is in them."""

import io
import json
import logging
import re
import sys
from collections.abc import Callable

import pytest
import structlog

from shared.logs import configure_logs


def written(monkeypatch: pytest.MonkeyPatch, log: Callable[[], object]) -> list[str]:
    """The lines that come of it, as the product writes them; other tests read theirs."""
    root, before, stderr = logging.getLogger(), structlog.get_config(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    monkeypatch.setattr(sys, "stderr", stderr)
    configure_logs("INFO")
    try:
        log()
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.configure(**before)
    return stderr.getvalue().split("\n")[:-1]


def test_a_value_makes_no_line_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = 'x"}\r\n{"event": "password", "outcome": "accepted", "account": "operator"}\x1b[2J\u2028'

    def log() -> None:
        structlog.get_logger("web.security").warning("password", account=hostile, outcome="refused")
        logging.getLogger("library").warning("it said %s", hostile)

    lines = written(monkeypatch, log)
    assert len(lines) == 2
    assert json.loads(lines[0])["account"] == hostile
    assert json.loads(lines[1])["event"] == f"it said {hostile}"
    assert not any(ord(character) < 32 for line in lines for character in line)


def test_each_line_says_when_in_utc_by_which_logger_and_how_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = written(monkeypatch, lambda: structlog.get_logger("web.security").warning("password"))
    [line] = map(json.loads, lines)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", line["at"])
    assert (line["logger"], line["level"]) == ("web.security", "warning")

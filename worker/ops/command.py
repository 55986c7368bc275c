"""What a command is: its arguments, and rows as its answer."""

import argparse
import getpass
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared.domain.failures import Span
from shared.domain.operator_acts import Operator, Way
from shared.parts import WorkerParts

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """Rows that become a line each: as JSON, or in words. `status` is the exit code."""

    rows: Iterable[Row]
    told: Callable[[Row], str]
    status: int = 0


@dataclass(frozen=True)
class Command:
    """One word after `python -m worker.ops`. `run` raises Unavailable when a part of the world is away."""

    name: str
    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[WorkerParts, argparse.Namespace], Answer]


def operator() -> Operator:
    """Who types: the audit has the user of the instance."""
    return Operator(f"{getpass.getuser()}@{socket.gethostname()}", Way.TERMINAL)


def within(parser: argparse.ArgumentParser) -> None:
    """Let a command be asked for a time only."""
    for name in ("since", "until"):
        parser.add_argument(f"--{name}", type=_moment, help="a time like 2026-03-04T05:06, in UTC")


def span_of(given: argparse.Namespace) -> Span:
    """The time that was asked for."""
    return Span(given.since, given.until)


def whole(most: int) -> Callable[[str], int]:
    """Reads a whole number from 1 to `most`."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= most):
            raise argparse.ArgumentTypeError(f"a whole number from 1 to {most:,}")
        return int(text)

    return read


def _moment(text: str) -> datetime:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time like 2026-03-04T05:06") from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)

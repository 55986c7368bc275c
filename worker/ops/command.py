"""What a command is: its arguments, and rows as its answer."""

import argparse
import getpass
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

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

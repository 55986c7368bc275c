"""How much of what is many `make test` tries; `make thorough` tries all of it.

Two slices of one test, such as its window and its pages, need lengths with no common divisor, or some pairs never come.
"""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeVar
from zlib import crc32

import pytest

THOROUGH = os.environ.get("THOROUGH") == "1"
TODAY = datetime.now(UTC).toordinal()
Case = TypeVar("Case")


def a_part(cases: Sequence[Case], turn: int, of: int) -> Sequence[Case]:
    """Every `of`-th case, beginning with that whose turn it is: tests with turns of their own have all of them among
    themselves in so many days. With THOROUGH=1 every case."""
    return cases if THOROUGH else cases[(turn + TODAY) % of :: of]


def its_day(turn: int, of: int) -> pytest.MarkDecorator:
    """Marks what is done on one of so many days, such as two measurements in turn. With THOROUGH=1 every day."""
    another = not THOROUGH and (turn + TODAY) % of != 0
    return pytest.mark.skipif(another, reason="done on another day, and by `make thorough`")


def is_its_day(what: str, of: int) -> bool:
    """Whether it is the day of this one of many cases: each of `of` days has another part of them. With THOROUGH=1
    every day."""
    return THOROUGH or crc32(what.encode()) % of == TODAY % of

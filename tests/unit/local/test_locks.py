"""What is pinned, is pinned whole."""

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[3]


def pinned(file: str) -> dict[str, Requirement]:
    """Requirements of a lock file by name."""
    lines = re.findall(r"^[a-z0-9][^\\\n]*", (ROOT / file).read_text(), re.M)
    found = [Requirement(line.strip()) for line in lines]
    return {canonicalize_name(r.name): r for r in found}


def asked_with_extras(lock: dict[str, Requirement]) -> Iterator[Requirement]:
    """What the pinned packages, as installed here, ask for with an extra."""
    for name in lock:
        try:
            wanted = [Requirement(text) for text in requires(name) or []]
        except PackageNotFoundError:  # for another platform
            continue
        yield from (r for r in wanted if r.extras and (r.marker is None or r.marker.evaluate({"extra": ""})))


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_extras_are_pinned_with_their_package(lock: str) -> None:
    """Some versions of pip take a pin without its extra for another package, and want the newest of that one.

    The day on which a newer one comes out, such a lock can't be installed any more.
    """
    held = pinned(lock)
    asked = [
        Requirement(line)
        for line in Path(ROOT, lock).with_suffix(".in").read_text().splitlines()
        if "[" in line
    ]
    asked += asked_with_extras(held)
    lacking = [str(r) for r in asked if not r.extras <= held[canonicalize_name(r.name)].extras]
    assert asked
    assert lacking == []

"""Cuts a run off at its n-th call to the outside, before or after the call took effect."""

from dataclasses import replace
from typing import Any

import pytest

from shared.parts import WorkerParts
from tests.support_slice import THOROUGH

# Before a call all is as it was after the one before it.
SIDES = pytest.mark.parametrize("after", [False, True] if THOROUGH else [True])


class Cut(BaseException):
    """As a kill would: nothing catches it."""


class Fuse:
    """Counts calls through every wire it hands out, and cuts at number `at` (from 1)."""

    def __init__(self, at: int, *, after: bool) -> None:
        self.calls = 0
        self._at = at
        self._after = after

    def wire(self, target: Any) -> Any:
        """The target with its methods behind the fuse."""
        return _Wire(target, self)

    def wire_all(self, parts: WorkerParts) -> WorkerParts:
        """A worker's parts, of which each that changes something is behind the fuse."""
        wired = {
            name: self.wire(getattr(parts, name)) for name in ("store", "attempts", "erasing", "reingest")
        }
        return replace(parts, **wired)

    def burn(self, method: Any, args: Any, kwargs: Any) -> Any:
        """Make the call, or cut."""
        self.calls += 1
        mine = self.calls == self._at
        if mine and not self._after:
            raise Cut
        result = method(*args, **kwargs)
        if mine:
            raise Cut
        return result


class _Wire:
    def __init__(self, target: Any, fuse: Fuse) -> None:
        self._target = target
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._target, name)
        return lambda *args, **kwargs: self._fuse.burn(method, args, kwargs)

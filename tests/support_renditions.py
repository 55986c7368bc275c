"""Renditions as a later version would make them."""

import pytest

from worker.imaging import sandbox_of_decoders
from worker.imaging.render import _jpeg, _webp, work


def render_otherwise(monkeypatch: pytest.MonkeyPatch, quality: int = 40) -> None:
    """Of another quality from now on, and in this process: the sandbox has the code that it was started with."""
    for encode in (_jpeg, _webp):
        monkeypatch.setattr(encode, "__defaults__", (quality,))
    monkeypatch.setattr(sandbox_of_decoders, "run", lambda told, data, _: work(told, data))

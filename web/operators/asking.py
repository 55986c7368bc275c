"""Asking for figures that may be unknown."""

from collections.abc import Callable
from typing import TypeVar

import structlog

from shared.ports.unavailable import Unavailable

log = structlog.get_logger(__name__)
Answer = TypeVar("Answer")


def asked(ask: Callable[[], Answer]) -> Answer | None:
    """What it answers; None while a part of the portal is away."""
    try:
        return ask()
    except Unavailable as error:
        log.warning("a figure is unknown", error=str(error))
        return None

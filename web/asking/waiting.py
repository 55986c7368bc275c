"""How many questions wait for the viewer, for the menu of every page."""

from uuid import UUID

import structlog
from flask import Flask

from shared.ports.unavailable import Unavailable
from web.http.parts import memory, parts
from web.http.sessions import viewer_at_hand

log = structlog.get_logger(__name__)


def install(app: Flask) -> None:
    """Templates ask for it."""
    app.context_processor(lambda: {"asks_waiting": asks_waiting})


def asks_waiting() -> int:
    """Remembered for half a minute. 0 when that can't be known, since a page must not fail for it, nor wait twice."""
    try:
        me = viewer_at_hand()
        return memory().asks_waiting.get(me.owner, lambda: _count(me.owner)) or 0 if me else 0
    except Unavailable as error:
        log.warning("it can't be told who asks", error=str(error))
        return 0


def recount(owner: UUID) -> None:
    """For what its owner has just answered, or looks at now."""
    memory().asks_waiting.put(owner, _count(owner))


def _count(owner: UUID) -> int:
    try:
        return parts().asks.waiting(owner)
    except Unavailable as error:
        log.warning("questions can't be counted", error=str(error))
        return 0

"""The pill in the corner of a page: how many of the viewer's uploads are not finished yet."""

from dataclasses import dataclass

import structlog
from flask import Flask

from shared.ports.unavailable import Unavailable
from web.http.parts import memory, parts
from web.http.sessions import viewer_at_hand
from web.upload.follow import Follower

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Pending:
    """Unfinished uploads, of all since the oldest of them."""

    unfinished: int
    total: int


def install(app: Flask) -> None:
    """Templates that set `show_pill` ask for it."""
    app.context_processor(lambda: {"pending": pending})


def pending() -> Pending | None:
    """None when nothing is pending; and when that can't be known, since a page must not fail for it."""
    try:
        me = viewer_at_hand()
        counted = Pending(*Follower(parts(), memory(), me).pending()) if me else None
    except Unavailable as error:
        log.warning("unfinished uploads can't be counted", error=str(error))
        return None
    return counted if counted and counted.unfinished else None

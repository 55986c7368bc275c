"""Whether receiving is paused, for pages that tell people why nothing moves."""

import structlog
from flask import Flask

from shared.domain.receiving import EVERY_WORKER, Wish, pause_of
from shared.ports.unavailable import Unavailable
from web.http.parts import Pause, memory, parts

log = structlog.get_logger(__name__)


def install(app: Flask) -> None:
    """Templates ask for it."""
    app.context_processor(lambda: {"paused": paused})


def paused() -> Wish | None:
    """Who paused it, why and since when. None when it isn't, and when that can't be known: no page must fail for it."""
    try:
        known = memory().pause.get(EVERY_WORKER, _look)
    except Unavailable as error:
        log.warning("it can't be told whether receiving is paused", error=str(error))
        return None
    return known.wish if known else None


def forget() -> None:
    """For who has just changed it."""
    memory().pause.forget(EVERY_WORKER)


def _look() -> Pause:
    return Pause(pause_of(parts().receiving.wishes()))

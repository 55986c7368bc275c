"""The numbers of the operators' page, each with its scope, and a sign and a word for how it stands."""

from dataclasses import dataclass
from enum import StrEnum

from shared.domain.forecast import Forecast, Outlook
from web.operators.figures import QueueView

OLD_SECONDS, FAR_TOO_OLD_SECONDS = 120, 600
SOME_PROBLEMS, MANY_PROBLEMS = 20, 100
SOON_SECONDS = 600


class Level(StrEnum):
    """How a number stands."""

    OK = "ok"
    AMBER = "amber"
    RED = "red"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Sign:
    """A level, never by its colour alone."""

    level: Level
    word: str


ICONS = {Level.OK: "done", Level.AMBER: "clock", Level.RED: "warn", Level.UNKNOWN: "info"}
UNKNOWN = Sign(Level.UNKNOWN, "unknown")


def signs(view: QueueView) -> dict[str, Sign]:
    """One for each number, by its name."""
    return {
        "waiting": _waiting(view),
        "in_flight": _in_flight(view),
        "oldest": _oldest(view),
        "published": _published(view),
        "problems": _problems(view.problems_today),
        "dead_letters": _dead_letters(view.dead_letters),
    }


def _waiting(view: QueueView) -> Sign:
    if view.visible is None:
        return UNKNOWN
    if view.stalled:
        return Sign(Level.RED, "no worker is working")
    return Sign(Level.OK, "clear") if view.visible == 0 else outlook_sign(view.forecast)


def outlook_sign(told: Forecast) -> Sign:
    """How an outlook stands."""
    if told.outlook is Outlook.CLEARS and told.seconds is not None:
        return Sign(Level.OK if told.seconds <= SOON_SECONDS else Level.AMBER, "clears")
    return {
        Outlook.EMPTY: Sign(Level.OK, "clear"),
        Outlook.HOLDS: Sign(Level.AMBER, "holds"),
        Outlook.GROWS: Sign(Level.RED, "grows"),
        Outlook.STILL: Sign(Level.RED, "stands still"),
    }.get(told.outlook, Sign(Level.UNKNOWN, "not forecast"))


def _in_flight(view: QueueView) -> Sign:
    if view.in_flight is None or view.visible is None:
        return UNKNOWN
    if view.in_flight:
        return Sign(Level.OK, "at work")
    return Sign(Level.AMBER, "none is taken") if view.visible else Sign(Level.OK, "nothing to do")


def _oldest(view: QueueView) -> Sign:
    age = view.oldest_age_seconds
    if view.visible is None or view.waiting is None:
        return UNKNOWN
    if age is None:
        return Sign(Level.OK, "in time")
    if age > FAR_TOO_OLD_SECONDS:
        return Sign(Level.RED, "far too old")
    return Sign(Level.AMBER, "getting old") if age > OLD_SECONDS else Sign(Level.OK, "in time")


def _published(view: QueueView) -> Sign:
    if view.published_per_minute is None:
        return UNKNOWN
    if view.published_per_minute == 0 and view.visible:
        return Sign(Level.AMBER, "none, while some wait")
    return Sign(Level.OK, "moving" if view.published_per_minute else "quiet")


def _problems(count: int | None) -> Sign:
    if count is None:
        return UNKNOWN
    if count < SOME_PROBLEMS:
        return Sign(Level.OK, "few" if count else "none")
    return Sign(Level.RED, "very many") if count >= MANY_PROBLEMS else Sign(Level.AMBER, "many")


def _dead_letters(count: int | None) -> Sign:
    if count is None:
        return UNKNOWN
    return Sign(Level.RED, "need a look") if count else Sign(Level.OK, "none")

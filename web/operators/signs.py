"""The numbers of the operators' page, and a sign and a word for how each stands."""

from dataclasses import dataclass
from enum import StrEnum

from shared.domain.forecast import Forecast, Outlook
from shared.operating.figures import QueueView
from shared.ports.work_queue import Depth

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


@dataclass(frozen=True)
class Numbers:
    """What is known of them; None for what isn't. `oldest_seconds` is None, too, when nothing waits."""

    visible: int | None = None
    in_flight: int | None = None
    delayed: int | None = None
    dead_letters: int | None = None
    oldest_known: bool = False
    oldest_seconds: float | None = None
    published: int | None = None
    problems: int | None = None
    held: int | None = None
    failed: int | None = None

    @classmethod
    def of(cls, view: QueueView) -> "Numbers":
        """All of them."""
        return cls(
            visible=view.visible,
            in_flight=view.in_flight,
            delayed=view.delayed,
            dead_letters=view.dead_letters,
            oldest_known=view.visible is not None and view.waiting is not None,
            oldest_seconds=view.oldest_age_seconds,
            published=view.published_per_minute,
            problems=view.problems_today,
            held=view.held,
            failed=view.failed,
        )

    @classmethod
    def without_records(cls, depth: Depth | None) -> "Numbers":
        """What SQS alone tells."""
        if depth is None:
            return cls()
        return cls(depth.visible, depth.in_flight, depth.delayed, depth.dead_letters)


def signs(numbers: Numbers, told: Forecast | None, *, stalled: bool, paused: bool) -> dict[str, Sign]:
    """One for each number, by its name."""
    return {
        "waiting": _waiting(numbers.visible, told, stalled=stalled, paused=paused),
        "in_flight": _in_flight(numbers.in_flight, numbers.visible),
        "oldest": _oldest(numbers),
        "published": _published(numbers.published, numbers.visible),
        "problems": _problems(numbers.problems),
        "dead_letters": _dead_letters(numbers.dead_letters),
    }


def _waiting(visible: int | None, told: Forecast | None, *, stalled: bool, paused: bool) -> Sign:
    if visible is None:
        return UNKNOWN
    if stalled:
        return Sign(Level.RED, "no worker is working")
    if visible == 0:
        return Sign(Level.OK, "clear")
    if paused:
        return Sign(Level.AMBER, "paused: doesn’t clear")
    return outlook_sign(told) if told else Sign(Level.UNKNOWN, "not forecast")


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


def _in_flight(in_flight: int | None, visible: int | None) -> Sign:
    if in_flight is None:
        return UNKNOWN
    if in_flight:
        return Sign(Level.OK, "at work")
    return Sign(Level.AMBER, "none is taken") if visible else Sign(Level.OK, "nothing to do")


def _oldest(numbers: Numbers) -> Sign:
    age = numbers.oldest_seconds
    if not numbers.oldest_known:
        return UNKNOWN
    if age is None:
        return Sign(Level.OK, "in time")
    if age > FAR_TOO_OLD_SECONDS:
        return Sign(Level.RED, "far too old")
    return Sign(Level.AMBER, "getting old") if age > OLD_SECONDS else Sign(Level.OK, "in time")


def _published(count: int | None, visible: int | None) -> Sign:
    if count is None:
        return UNKNOWN
    if count == 0 and visible:
        return Sign(Level.AMBER, "none, while some wait")
    return Sign(Level.OK, "moving" if count else "quiet")


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

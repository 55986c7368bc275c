"""Why attempts fail, in words that stay the same from one upload to the next."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from traceback import extract_tb

_OURS = ("worker", "shared")


@dataclass(frozen=True)
class Span:
    """When something failed: from `since` on and before `until`, by the database's clock; None is open."""

    since: datetime | None = None
    until: datetime | None = None

    def has(self, moment: datetime) -> bool:
        """Whether it is within."""
        return (self.since is None or moment >= self.since) and (self.until is None or moment < self.until)


ALWAYS = Span()


def told(error: BaseException) -> str:
    """What is recorded of an attempt's last error: its type and place, then a colon and its own varying words."""
    return f"{type(error).__name__} at {_place(error)}: {error}"


def reason_of(message: str | None) -> str:
    """The part of a recorded message that stays the same."""
    return (message or "").partition(": ")[0]


def _place(error: BaseException) -> str:
    """The innermost function of ours: an error of a library is known by who called it."""
    places = [
        f"{PurePath(frame.filename).parent.name}/{PurePath(frame.filename).stem}.{frame.name}"
        for frame in extract_tb(error.__traceback__)
        if "site-packages" not in frame.filename and set(_OURS) & set(PurePath(frame.filename).parts)
    ]
    return places[-1] if places else "unknown"

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


_AWAY = "{} was away or slow. Send them again once it answers: /readyz says so."
_ONE_BY_ONE = (
    "A worker ran out of memory or time, or was stopped. Send one again first; the others when it ends well."
)
_ADVICE = {
    "StoreUnavailable": _AWAY.format("S3"),
    "CatalogueUnavailable": _AWAY.format("MySQL"),
    "QueueUnavailable": _AWAY.format("SQS"),
    "MemoryError": _ONE_BY_ONE,
    "ChildLost": _ONE_BY_ONE,
    "OSError": "The worker's machine was short of something, such as disk. Look at it, then send them again.",
    "StagedBytesWrong": "Staging doesn't hold what was accepted. Send one again; when it fails too, discard them.",
    "ManifestError": "Their manifest can't be read by this version. Deploy one that reads it, or discard them.",
}
_BUG = "Most likely a fault of ours. Deploy a version that mends it, then send them again."


def told(error: BaseException) -> str:
    """What is recorded of an attempt's last error: its type and place, then a colon and its own varying words."""
    return f"{type(error).__name__} at {_place(error)}: {error}"


def reason_of(message: str | None) -> str:
    """The part of a recorded message that stays the same."""
    return (message or "").partition(": ")[0]


def advice(reason: str) -> str:
    """What an operator may try, by what kind of failure it is."""
    kind, cut_off = reason.partition(" at ")[0], reason.startswith("The last permitted attempt was cut off")
    return _ADVICE["MemoryError" if cut_off else kind] if cut_off or kind in _ADVICE else _BUG


def _place(error: BaseException) -> str:
    """The innermost function of ours: an error of a library is known by who called it."""
    places = [
        f"{PurePath(frame.filename).parent.name}/{PurePath(frame.filename).stem}.{frame.name}"
        for frame in extract_tb(error.__traceback__)
        if "site-packages" not in frame.filename and set(_OURS) & set(PurePath(frame.filename).parts)
    ]
    return places[-1] if places else "unknown"

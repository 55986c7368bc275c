"""What operators did: who, when, by which way, to what, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.domain.failures import ALWAYS, Span


class Verb(StrEnum):
    """What is done."""

    REDRIVE = "redrive"
    DISCARD = "discard"
    CHECK = "check"  # have S3 and MySQL compared
    REPAIR = "repair"
    PUT_BACK = "put back"  # out of quarantine
    PAUSE = "pause"
    RESUME = "resume"
    DRAIN = "drain"
    UNDRAIN = "undrain"
    REINGEST = "reingest"
    PAUSE_REINGEST = "pause-reingest"
    RESUME_REINGEST = "resume-reingest"
    CANCEL_REINGEST = "cancel-reingest"
    END_SESSIONS = "end-sessions"  # all of an account's


class Way(StrEnum):
    """How it was asked for."""

    PAGE = "page"
    API = "api"
    TERMINAL = "terminal"


@dataclass(frozen=True)
class Operator:
    """Who acts: a user of the portal, or of an instance's terminal."""

    name: str
    way: Way


@dataclass(frozen=True)
class OperatorAct:
    """An act; `subject` says what it was done to, in words that are searched for: an id, a reason, a worker's name.

    `counts` tells what became of the `asked`, and `ended_at` when that was known: None for an act that was cut off.
    """

    id: UUID
    at: datetime
    by: Operator
    verb: Verb
    subject: str
    asked: int
    counts: Mapping[str, int]
    ended_at: datetime | None


@dataclass(frozen=True)
class WantedActs:
    """Which acts are asked for: those that fit all that is given. `who` is a whole name."""

    who: str = ""
    verb: Verb | None = None
    span: Span = ALWAYS


EVERY_ACT = WantedActs()

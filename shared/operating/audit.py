"""One audit of what operators and moderators did, newest first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from heapq import merge
from itertools import islice
from uuid import UUID

from shared.domain import moderation
from shared.domain.failures import ALWAYS, Span
from shared.domain.operator_acts import OperatorAct, Verb, WantedActs
from shared.operating.parts import OperatingParts
from shared.ports.moderation import Wanted

AT_ONCE = 500
VERBS = tuple(dict.fromkeys([*map(str, Verb), *map(str, moderation.Verb)]))
"""What can be asked for: operators' verbs, then moderators'."""


class Role(StrEnum):
    """As what somebody acted."""

    OPERATOR = "operator"
    MODERATOR = "moderator"


@dataclass(frozen=True)
class Filter:
    """Which lines: those that fit all that is given."""

    who: str = ""
    verb: str = ""
    role: Role | None = None
    span: Span = ALWAYS


@dataclass(frozen=True)
class Line:
    """An act. `way` is how it was asked for; `counts` tells what became of the `asked`, and `ended_at` when that was
    known: None for an act that was cut off, or goes on."""

    id: UUID
    at: datetime
    role: Role
    who: str
    way: str
    verb: str
    subject: str
    asked: int
    counts: Mapping[str, int]
    ended_at: datetime | None


def lines(parts: OperatingParts, wanted: Filter, before: UUID | None, limit: int) -> list[Line]:
    """So many, older than the id `before`. Raises CatalogueUnavailable."""
    both = merge(
        _of_operators(parts, wanted, before, limit),
        _of_moderators(parts, wanted, before, limit),
        key=lambda line: line.id,
        reverse=True,
    )
    return list(islice(both, limit))


def every(parts: OperatingParts, wanted: Filter) -> Iterator[Line]:
    """All that fit, some at a time."""
    before: UUID | None = None
    while found := lines(parts, wanted, before, AT_ONCE):
        yield from found
        before = found[-1].id


def _of_operators(parts: OperatingParts, wanted: Filter, before: UUID | None, limit: int) -> list[Line]:
    if wanted.role is Role.MODERATOR or wanted.verb not in ("", *Verb):
        return []
    verb = Verb(wanted.verb) if wanted.verb else None
    acts = parts.operator_acts.page(before, limit, WantedActs(wanted.who, verb, wanted.span))
    return [_operators(act) for act in acts]


def _operators(act: OperatorAct) -> Line:
    return Line(
        id=act.id,
        at=act.at,
        role=Role.OPERATOR,
        who=act.by.name,
        way=act.by.way,
        verb=act.verb,
        subject=act.subject,
        asked=act.asked,
        counts=act.counts,
        ended_at=act.ended_at,
    )


def _of_moderators(parts: OperatingParts, wanted: Filter, before: UUID | None, limit: int) -> list[Line]:
    if wanted.role is Role.OPERATOR or wanted.verb not in ("", *moderation.Verb):
        return []
    verbs = [moderation.Verb(wanted.verb)] if wanted.verb else tuple(moderation.Verb)
    fitting = Wanted(verbs=verbs, moderator=wanted.who, span=wanted.span)
    return [_moderators(act) for act in parts.moderation.acts(fitting, before, limit)]


def _moderators(act: moderation.Act) -> Line:
    """Done in the transaction that records it; what moderators and owners wrote stays in their own audit."""
    return Line(
        id=act.id,
        at=act.at,
        role=Role.MODERATOR,
        who=act.username,
        way="moderation",
        verb=act.verb,
        subject=f"image {act.image_id}" + (f": {act.reason.words}" if act.reason else ""),
        asked=1,
        counts={"done": 1} | ({"reports": sum(act.closed.values())} if act.closed else {}),
        ended_at=act.at,
    )

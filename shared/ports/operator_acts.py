"""The audit of what operators do. Nothing in it is ever changed or removed."""

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

from shared.domain.operator_acts import EVERY_ACT, Operator, OperatorAct, Verb, WantedActs


class OperatorActs(Protocol):
    """Every method raises CatalogueUnavailable when the records can't be used.

    An act is written down before anything is done, so that one that is cut off is seen as such; `end` says what came of
    it, and keeps what was said first. The list goes back in time from the id `before`, without it from the newest.
    """

    def begin(self, by: Operator, verb: Verb, subject: str, asked: int) -> UUID: ...
    def end(self, act_id: UUID, counts: Mapping[str, int]) -> None: ...
    def page(self, before: UUID | None, limit: int, wanted: WantedActs = EVERY_ACT) -> list[OperatorAct]: ...

"""The audit of what operators do, in memory."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from shared.adapters.memory.database import MemoryDatabase
from shared.domain.ids import new_upload_id
from shared.domain.operator_acts import EVERY_ACT, Operator, OperatorAct, Verb, WantedActs


class MemoryOperatorActs:
    """Implements shared.ports.operator_acts.OperatorActs."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def begin(self, by: Operator, verb: Verb, subject: str, asked: int) -> UUID:
        """Write down what will be done."""
        act = OperatorAct(new_upload_id(), self._db.now(), by, verb, subject[:200], asked, {}, None)
        with self._db.transaction() as tables:
            tables.operator_acts[act.id] = act
        return act.id

    def end(self, act_id: UUID, counts: Mapping[str, int]) -> None:
        """Write down what came of it."""
        with self._db.transaction() as tables:
            act = tables.operator_acts.get(act_id)
            if act and act.ended_at is None:
                tables.operator_acts[act_id] = replace(act, counts=dict(counts), ended_at=self._db.now())

    def page(self, before: UUID | None, limit: int, wanted: WantedActs = EVERY_ACT) -> list[OperatorAct]:
        """Acts, newest first."""
        acts = sorted(self._db.read().operator_acts.values(), key=lambda a: a.id, reverse=True)
        fitting = [
            act
            for act in acts
            if (before is None or act.id < before)
            and wanted.who in ("", act.by.name)
            and wanted.verb in (None, act.verb)
            and wanted.span.has(act.at)
        ]
        return fitting[:limit]

"""What operators want of receiving, in memory."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from shared.adapters.memory.database import MemoryDatabase
from shared.domain.ids import new_upload_id
from shared.domain.operator_acts import Operator, OperatorAct
from shared.domain.receiving import UNTOUCHED, Outcome, Wish, judged, told
from shared.ports.receiving import Change


class MemoryReceiving:
    """Implements shared.ports.receiving.Receiving."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def wishes(self) -> Mapping[str, Wish]:
        """What stands, by scope."""
        now = self._db.now()
        return {s: replace(w, age=now - w.since) for s, w in self._db.read().receiving.items()}

    def change(
        self,
        by: Operator,
        scope: str,
        run: UUID | None,
        *,
        stopped: bool,
        why: str,
        seen: frozenset[int] | None,
    ) -> Change:
        """Wish anew."""
        before = self.wishes().get(scope)
        if (outcome := judged(before, run, stopped=stopped, seen=seen)) is not Outcome.DONE:
            return Change(outcome, before)
        now = self._db.now()
        version = (before.version if before else UNTOUCHED) + 1
        wish = Wish(scope, run, stopped, by, why, now, timedelta(), version)
        verb, subject = told(scope, stopped=stopped, why=why)
        act = OperatorAct(new_upload_id(), now, by, verb, subject[:200], 1, {"done": 1}, now)
        with self._db.transaction() as tables:
            tables.receiving[scope] = wish
            tables.operator_acts[act.id] = act
        return Change(Outcome.DONE, wish)

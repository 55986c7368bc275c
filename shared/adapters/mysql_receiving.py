"""What operators want of receiving, in MySQL. A change and its line in the audit are one transaction."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from shared.adapters.mysql import Database, utc
from shared.adapters.mysql_operator_acts import write_act, write_outcome
from shared.domain.operator_acts import Operator, Way
from shared.domain.receiving import UNTOUCHED, Outcome, Wish, judged, told
from shared.ports.receiving import Change

# A row without anybody's wish, so that there is one to lock.
_PLACE = text("""
    INSERT INTO receiving VALUES (:scope, NULL, FALSE, '', '', '', UTC_TIMESTAMP(6), :untouched)
    ON DUPLICATE KEY UPDATE scope = scope""")
_LOCK = text("""
    SELECT *, TIMESTAMPDIFF(MICROSECOND, since, UTC_TIMESTAMP(6)) AS age FROM receiving
    WHERE scope = :scope FOR UPDATE""")
_ALL = text("""
    SELECT *, TIMESTAMPDIFF(MICROSECOND, since, UTC_TIMESTAMP(6)) AS age FROM receiving WHERE version > :untouched""")
_CHANGE = text("""
    UPDATE receiving SET run = :run, stopped = :stopped, who = :who, way = :way, why = :why,
                         since = UTC_TIMESTAMP(6), version = version + 1 WHERE scope = :scope""")


class MySqlReceiving:
    """Implements shared.ports.receiving.Receiving."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def wishes(self) -> Mapping[str, Wish]:
        """What stands, by scope."""
        with self._db.connect() as c:
            return {row.scope: _wish(row) for row in c.execute(_ALL, {"untouched": UNTOUCHED})}

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

        def work(c: Connection) -> Change:
            c.execute(_PLACE, {"scope": scope, "untouched": UNTOUCHED})
            stands = c.execute(_LOCK, {"scope": scope}).one()
            before = _wish(stands) if stands.version > UNTOUCHED else None
            if (outcome := judged(before, run, stopped=stopped, seen=seen)) is not Outcome.DONE:
                return Change(outcome, before)
            values = {"scope": scope, "run": run.bytes if run else None, "stopped": stopped, "why": why}
            c.execute(_CHANGE, values | {"who": by.name, "way": by.way})
            verb, subject = told(scope, stopped=stopped, why=why)
            write_outcome(c, write_act(c, by, verb, subject, 1), {"done": 1})
            return Change(Outcome.DONE, _wish(c.execute(_LOCK, {"scope": scope}).one()))

        return self._db.transact(work)


def _wish(row: Row[Any]) -> Wish:
    return Wish(
        scope=row.scope,
        run=UUID(bytes=row.run) if row.run else None,
        stopped=bool(row.stopped),
        by=Operator(row.who, Way(row.way)),
        why=row.why,
        since=utc(row.since),
        age=timedelta(microseconds=int(row.age)),
        version=int(row.version),
    )

"""Comparisons of S3 and MySQL in MySQL: one runs at a time, and whoever holds its lease goes on with it."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from shared.adapters.mysql import Database, utc
from shared.adapters.mysql_findings import add_suspects, keep_findings_of
from shared.domain.consistency import Check, Phase, Suspect
from shared.domain.ids import new_upload_id

KEPT = 4
"""Checks whose findings are kept."""

# The unique key on `running` has the second of two be ignored.
_START = text("""
    INSERT IGNORE INTO checks
        (id, running, full_hash, asked_by, begun_at, phase, place, looked, kept, beyond)
    SELECT :id, 1, :full_hash, :asked_by, UTC_TIMESTAMP(6), :phase, '', '{}', 0, '{}' FROM DUAL
    WHERE NOT EXISTS (SELECT 1 FROM checks WHERE begun_at > UTC_TIMESTAMP(6) - INTERVAL :seconds SECOND)""")
_LEASE = text("""
    UPDATE checks SET holder = :holder, held_until = UTC_TIMESTAMP(6) + INTERVAL :seconds SECOND
    WHERE running = 1 AND (held_until IS NULL OR held_until < UTC_TIMESTAMP(6))""")
_SAVE = text("""
    UPDATE checks SET phase = :phase, place = :place, looked = :looked, kept = :kept, beyond = :beyond,
                      held_until = UTC_TIMESTAMP(6) + INTERVAL :seconds SECOND
    WHERE id = :id AND running = 1 AND holder = :holder""")
_RELEASE = text("UPDATE checks SET held_until = NULL, holder = NULL WHERE id = :id AND holder = :holder")
_END = text("""
    UPDATE checks SET running = NULL, ended_at = UTC_TIMESTAMP(6), holder = NULL, held_until = NULL
    WHERE id = :id AND running = 1 AND holder = :holder""")
_RUNNING = text("SELECT * FROM checks WHERE running = 1")
_HELD = text("SELECT * FROM checks WHERE running = 1 AND holder = :holder")
_LAST = text("SELECT * FROM checks WHERE ended_at IS NOT NULL ORDER BY ended_at DESC, id DESC LIMIT :limit")


class MySqlChecks:
    """Implements shared.ports.checks.Checks."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def start(self, asked_by: str | None, *, full_hash: bool) -> bool:
        """Begin one, unless one is running."""
        return self._start(asked_by, full_hash, timedelta(days=-1))

    def start_if_due(self, every: timedelta) -> bool:
        """Begin one by the clock's word, unless one is running or began less than `every` ago."""
        return self._start(None, full_hash=False, every=every)

    def _start(self, asked_by: str | None, full_hash: bool, every: timedelta) -> bool:
        values = {
            "id": new_upload_id().bytes,
            "full_hash": full_hash,
            "asked_by": asked_by,
            "phase": Phase.PUBLISHED,
            "seconds": int(every.total_seconds()),
        }
        return self._db.transact(lambda c: c.execute(_START, values).rowcount == 1)

    def lease(self, holder: str, seconds: int) -> Check | None:
        """The running check, if nobody is at it."""

        def work(c: Connection) -> Check | None:
            if not c.execute(_LEASE, {"holder": holder, "seconds": seconds}).rowcount:
                return None
            return _check(c.execute(_HELD, {"holder": holder}).one())

        return self._db.transact(work)

    def save(self, check: Check, holder: str, seconds: int, found: Sequence[Suspect]) -> bool:
        """Write where it stands and what was found since in one transaction; False when another is at it."""
        values = {
            "id": check.id.bytes,
            "holder": holder,
            "seconds": seconds,
            "phase": check.phase,
            "place": check.cursor,
            "looked": json.dumps(dict(check.looked)),
            "kept": check.kept,
            "beyond": json.dumps(dict(check.beyond)),
        }

        def work(c: Connection) -> bool:
            if not c.execute(_SAVE, values).rowcount:
                return False
            add_suspects(c, check.id, found)
            return True

        return self._db.transact(work)

    def release(self, check_id: UUID, holder: str) -> None:
        """Let another go on with it at once."""
        with self._db.connect() as c:
            c.execute(_RELEASE, {"id": check_id.bytes, "holder": holder})

    def end(self, check: Check, holder: str) -> bool:
        """Record that it is complete; False when another is at it."""

        def work(c: Connection) -> bool:
            if not c.execute(_END, {"id": check.id.bytes, "holder": holder}).rowcount:
                return False
            keep_findings_of(c, [UUID(bytes=row.id) for row in c.execute(_LAST, {"limit": KEPT})])
            return True

        return self._db.transact(work)

    def running(self) -> Check | None:
        """The one that is not complete."""
        with self._db.connect() as c:
            row = c.execute(_RUNNING).one_or_none()
        return _check(row) if row else None

    def last(self) -> Check | None:
        """The newest that is complete."""
        with self._db.connect() as c:
            row = c.execute(_LAST, {"limit": 1}).one_or_none()
        return _check(row) if row else None


def _check(row: Row[Any]) -> Check:
    return Check(
        id=UUID(bytes=row.id),
        full_hash=bool(row.full_hash),
        asked_by=row.asked_by,
        begun_at=utc(row.begun_at),
        ended_at=utc(row.ended_at) if row.ended_at else None,
        phase=Phase(row.phase),
        cursor=row.place,
        looked=json.loads(row.looked),
        kept=row.kept,
        beyond=json.loads(row.beyond),
    )

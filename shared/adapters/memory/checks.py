"""Comparisons of S3 and MySQL, in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from shared.adapters.memory.database import CheckRow, MemoryDatabase, Tables
from shared.adapters.memory.findings import add_suspects, keep_findings_of
from shared.domain.consistency import Check, Suspect
from shared.domain.ids import new_upload_id

KEPT = 4


class MemoryChecks:
    """Implements shared.ports.checks.Checks."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def start(self, asked_by: str | None, *, full_hash: bool) -> bool:
        """Begin one, unless one is running."""
        with self._db.transaction() as tables:
            return self._start(tables, asked_by, full_hash=full_hash)

    def start_if_due(self, every: timedelta) -> bool:
        """Begin one by the clock's word, unless one is running or began less than `every` ago."""
        with self._db.transaction() as tables:
            since = self._db.now() - every
            if any(row.check.begun_at > since for row in tables.checks.values()):
                return False
            return self._start(tables, None, full_hash=False)

    def _start(self, tables: Tables, asked_by: str | None, *, full_hash: bool) -> bool:
        if _running(tables):
            return False
        check = Check(new_upload_id(), full_hash, asked_by, self._db.now())
        tables.checks[check.id] = CheckRow(check)
        return True

    def lease(self, holder: str, seconds: int) -> Check | None:
        """The running check, if nobody is at it."""
        with self._db.transaction() as tables:
            row = _running(tables)
            if row is None or (row.held_until and row.held_until >= self._db.now()):
                return None
            tables.checks[row.check.id] = replace(row, holder=holder, held_until=self._until(seconds))
            return row.check

    def save(self, check: Check, holder: str, seconds: int, found: Sequence[Suspect]) -> bool:
        """Write where it stands and what was found since in one transaction; False when another is at it."""
        with self._db.transaction() as tables:
            row = tables.checks[check.id]
            if row.check.ended_at or row.holder != holder:
                return False
            tables.checks[check.id] = replace(row, check=check, held_until=self._until(seconds))
            add_suspects(tables, check.id, found, self._db.now())
            return True

    def release(self, check_id: UUID, holder: str) -> None:
        """Let another go on with it at once."""
        with self._db.transaction() as tables:
            row = tables.checks[check_id]
            if row.holder == holder:
                tables.checks[check_id] = CheckRow(row.check)

    def end(self, check: Check, holder: str) -> bool:
        """Record that it is complete; False when another is at it."""
        with self._db.transaction() as tables:
            row = tables.checks[check.id]
            if row.check.ended_at or row.holder != holder:
                return False
            tables.checks[check.id] = CheckRow(replace(row.check, ended_at=self._db.now()))
            keep_findings_of(tables, [done.id for done in _ended(tables)[:KEPT]])
            return True

    def running(self) -> Check | None:
        """The one that is not complete."""
        row = _running(self._db.read())
        return row.check if row else None

    def last(self) -> Check | None:
        """The newest that is complete."""
        return next(iter(_ended(self._db.read())), None)

    def _until(self, seconds: int) -> datetime:
        return self._db.now() + timedelta(seconds=seconds)


def _running(tables: Tables) -> CheckRow | None:
    return next((row for row in tables.checks.values() if row.check.ended_at is None), None)


def _ended(tables: Tables) -> list[Check]:
    ended = [row.check for row in tables.checks.values() if row.check.ended_at]
    return sorted(ended, key=lambda check: (check.ended_at or check.begun_at, check.id), reverse=True)

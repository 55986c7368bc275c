"""What the portal keeps of sessions, in memory."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from shared.adapters.memory.database import AccountRow, MemoryDatabase, SessionRow
from shared.ports.session_records import SEEN_FOR_DAYS, Ends, SessionRecord


class MemorySessionRecords:
    """Implements shared.ports.session_records.SessionRecords."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def note(self, owner: UUID, session: UUID, device: str) -> None:
        """It begins, or goes on."""
        now = self._db.now()
        with self._db.transaction() as tables:
            known = tables.sessions.get(session)
            begun = SessionRecord(session, device[:100], now, now)
            row = (
                replace(known, record=replace(known.record, seen_at=now))
                if known
                else SessionRow(owner, begun)
            )
            tables.sessions[session] = row
            tables.sessions = {
                i: r for i, r in tables.sessions.items() if r.owner != owner or not _is_old(r.record, now)
            }

    def end(self, owner: UUID, session: UUID) -> None:
        """It has ended, whether or not its beginning was noted."""
        now = self._db.now()
        with self._db.transaction() as tables:
            row = tables.sessions.get(session, SessionRow(owner, SessionRecord(session, "", now, now)))
            if row.owner == owner:
                tables.sessions[session] = replace(row, ended=True)

    def end_all(self, owner: UUID, moment: datetime) -> None:
        """End what began at a moment or before; a later moment that stands already stays."""
        with self._db.transaction() as tables:
            row = tables.accounts.get(owner, AccountRow())
            latest = max(moment, row.sessions_ended_at or moment)
            tables.accounts[owner] = replace(row, sessions_ended_at=latest)
            for session, known in list(tables.sessions.items()):
                if known.owner == owner:
                    tables.sessions[session] = replace(known, ended=True)

    def ends(self, owner: UUID, session: UUID | None) -> Ends:
        """What has ended."""
        tables = self._db.read()
        row = tables.sessions.get(session) if session else None
        moment = tables.accounts.get(owner, AccountRow()).sessions_ended_at
        return Ends(moment, row is not None and row.owner == owner and row.ended)

    def open(self, owner: UUID, limit: int) -> list[SessionRecord]:
        """Those that go on, the last seen first."""
        now = self._db.now()
        rows = [r for r in self._db.read().sessions.values() if r.owner == owner and not r.ended]
        found = [r.record for r in rows if not _is_old(r.record, now)]
        return sorted(found, key=lambda record: record.seen_at, reverse=True)[:limit]


def _is_old(record: SessionRecord, now: datetime) -> bool:
    return record.seen_at < now - timedelta(days=SEEN_FOR_DAYS)

"""What the portal keeps of sessions, in MySQL."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from shared.adapters.mysql import Database, naive, utc
from shared.ports.session_records import SEEN_FOR_DAYS, Ends, SessionRecord

_NOTE = text("""
    INSERT INTO sessions (id, owner, device, began_at, seen_at)
    VALUES (:id, :owner, :device, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))
    ON DUPLICATE KEY UPDATE seen_at = UTC_TIMESTAMP(6)""")
_FORGET_OLD = text(
    "DELETE FROM sessions WHERE owner = :owner AND seen_at < UTC_TIMESTAMP(6) - INTERVAL :days DAY"
)
_END = text("""
    INSERT INTO sessions (id, owner, device, began_at, seen_at, ended_at)
    VALUES (:id, :owner, '', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))
    ON DUPLICATE KEY UPDATE ended_at = IF(owner = :owner, COALESCE(ended_at, UTC_TIMESTAMP(6)), ended_at)""")
_MOMENT = text("""
    INSERT INTO accounts (owner, sessions_ended_at) VALUES (:owner, :moment)
    ON DUPLICATE KEY UPDATE sessions_ended_at = GREATEST(COALESCE(sessions_ended_at, :moment), :moment)""")
_END_ALL = text("UPDATE sessions SET ended_at = UTC_TIMESTAMP(6) WHERE owner = :owner AND ended_at IS NULL")
_ENDS = text("""
    SELECT (SELECT sessions_ended_at FROM accounts WHERE owner = :owner) AS moment,
           (SELECT ended_at FROM sessions WHERE id = :id AND owner = :owner) AS ended_at""")
_OPEN = text("""
    SELECT id, device, began_at, seen_at FROM sessions
    WHERE owner = :owner AND ended_at IS NULL AND seen_at >= UTC_TIMESTAMP(6) - INTERVAL :days DAY
    ORDER BY seen_at DESC LIMIT :limit""")
_FORGET = text("DELETE FROM sessions WHERE owner = :owner")


class MySqlSessionRecords:
    """Implements shared.ports.session_records.SessionRecords."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def note(self, owner: UUID, session: UUID, device: str) -> None:
        """It begins, or goes on."""
        fields = {"id": session.bytes, "owner": owner.bytes, "device": device[:100]}

        def work(c: Connection) -> None:
            c.execute(_NOTE, fields)
            c.execute(_FORGET_OLD, {"owner": owner.bytes, "days": SEEN_FOR_DAYS})

        self._db.transact(work)

    def end(self, owner: UUID, session: UUID) -> None:
        """It has ended, whether or not its beginning was noted."""
        with self._db.connect() as c:
            c.execute(_END, {"id": session.bytes, "owner": owner.bytes})

    def end_all(self, owner: UUID, moment: datetime) -> None:
        """End what began at a moment or before; a later moment that stands already stays."""

        def work(c: Connection) -> None:
            c.execute(_MOMENT, {"owner": owner.bytes, "moment": naive(moment)})
            c.execute(_END_ALL, {"owner": owner.bytes})

        self._db.transact(work)

    def ends(self, owner: UUID, session: UUID | None) -> Ends:
        """What has ended. Two look-ups by primary keys in one statement."""
        with self._db.connect() as c:
            row = c.execute(_ENDS, {"owner": owner.bytes, "id": session.bytes if session else b""}).one()
        return Ends(utc(row.moment) if row.moment else None, row.ended_at is not None)

    def open(self, owner: UUID, limit: int) -> list[SessionRecord]:
        """Those that go on, the last seen first."""
        with self._db.connect() as c:
            rows = c.execute(_OPEN, {"owner": owner.bytes, "days": SEEN_FOR_DAYS, "limit": limit}).all()
        return [SessionRecord(UUID(bytes=r.id), r.device, utc(r.began_at), utc(r.seen_at)) for r in rows]


def forget_all(c: Connection, owner: UUID) -> None:
    """Nothing is left of an account's sessions."""
    c.execute(_FORGET, {"owner": owner.bytes})

"""Accounts that are being deleted, in MySQL. Who begins it and who publishes wait for each other: the owner's lock."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, text

from shared.adapters import (
    mysql_album_rows,
    mysql_asks,
    mysql_image_rows,
    mysql_session_records,
    mysql_shares,
)
from shared.adapters.mysql import Database, naive
from shared.adapters.mysql_upload_rows import end_undo, locked, take_back
from shared.adapters.mysql_usages import lock_owner
from shared.domain.manifest import Manifest
from shared.domain.uploads import State
from shared.ports.closing import ClosingAccount

FOR_EVER = datetime(9999, 12, 31, tzinfo=UTC)  # no session begins later, so that each one is over
_BEGIN = text("""
    INSERT INTO accounts (owner, sessions_ended_at, closing_at, closing_username)
    VALUES (:owner, :for_ever, UTC_TIMESTAMP(6), :username)
    ON DUPLICATE KEY UPDATE sessions_ended_at = :for_ever,
                            closing_username = IF(closing_at IS NULL, :username, closing_username),
                            closing_at = COALESCE(closing_at, UTC_TIMESTAMP(6))""")
_BEGUN = text("SELECT 1 FROM accounts WHERE owner = :owner AND closing_at IS NOT NULL")
_UNDER_WAY = text("""
    SELECT owner, closing_username FROM accounts WHERE closed_at IS NULL AND closing_at IS NOT NULL
    ORDER BY closing_at LIMIT :limit""")
_LEFT = text("""
    SELECT id FROM uploads
    WHERE owner = :owner AND state <> 'erased' AND (state <> 'taken_back' OR erase_begun_at IS NULL)
    ORDER BY id LIMIT :limit""")
_LOCKED = text("SELECT id, state FROM uploads WHERE id IN :ids ORDER BY id FOR UPDATE").bindparams(
    bindparam("ids", expanding=True)
)
_DONE = text("""
    UPDATE accounts SET closed_at = UTC_TIMESTAMP(6), closing_username = NULL, default_licence = NULL
    WHERE owner = :owner AND closing_at IS NOT NULL AND closed_at IS NULL""")


class MySqlClosing:
    """Implements shared.ports.closing.Closing."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def begin(self, owner: UUID, username: str) -> None:
        """From now on the account is being deleted."""
        fields = {"owner": owner.bytes, "username": username, "for_ever": naive(FOR_EVER)}

        def work(c: Connection) -> None:
            lock_owner(c, owner)
            c.execute(_BEGIN, fields)

        self._db.transact(work)

    def begun(self, owner: UUID) -> bool:
        """Whether it is being deleted, or is deleted. One look-up by the primary key."""
        with self._db.connect() as c:
            return _begun(c, owner)

    def under_way(self, limit: int) -> list[ClosingAccount]:
        """Accounts whose deletion is not done, the oldest first."""
        with self._db.connect() as c:
            rows = c.execute(_UNDER_WAY, {"limit": limit})
            return [ClosingAccount(UUID(bytes=r.owner), r.closing_username) for r in rows]

    def take_back(self, owner: UUID, limit: int) -> int:
        """Some of the owner's uploads, for good; how many they were."""

        def work(c: Connection) -> int:
            ids = c.execute(_LEFT, {"owner": owner.bytes, "limit": limit}).scalars().all()
            rows = c.execute(_LOCKED, {"ids": ids}).all() if ids else []
            for row in rows:
                _take_back(c, UUID(bytes=row.id), State(row.state))
            return len(rows)

        return self._db.transact(work)

    def take_back_staged(self, manifest: Manifest) -> None:
        """One that no attempt may have begun for."""
        self._db.transact(lambda c: _take_back(c, manifest.upload_id, locked(c, manifest)))

    def forget(self, owner: UUID) -> None:
        """Albums, links, questions and sessions of the owner's."""

        def work(c: Connection) -> None:
            for table in (mysql_album_rows, mysql_shares, mysql_asks, mysql_session_records):
                table.forget_all(c, owner)

        self._db.transact(work)

    def done(self, owner: UUID) -> None:
        """It is deleted: what remains says so of the owner's id alone."""
        with self._db.connect() as c:
            c.execute(_DONE, {"owner": owner.bytes})


def taken_back_as_closing(c: Connection, owner: UUID, upload_id: UUID, state: State) -> bool:
    """Whether the upload is taken back because its owner's account is being deleted. No deletion begins before the
    caller's transaction ends."""
    lock_owner(c, owner)
    if not _begun(c, owner):
        return False
    _take_back(c, upload_id, state)
    return True


def _begun(c: Connection, owner: UUID) -> bool:
    fields: dict[str, Any] = {"owner": owner.bytes}
    return c.execute(_BEGUN, fields).one_or_none() is not None


def _take_back(c: Connection, upload_id: UUID, state: State) -> None:
    if not state.gone:
        take_back(c, upload_id, "closing", "its owner's account is being deleted")
        mysql_image_rows.hide(c, upload_id)
    end_undo(c, upload_id)

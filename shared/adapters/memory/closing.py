"""Accounts that are being deleted, in memory."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from shared.adapters.memory import image_rows
from shared.adapters.memory.database import AccountRow, MemoryDatabase, Tables
from shared.adapters.memory.upload_rows import end_undo, made, take_back
from shared.domain.manifest import Manifest
from shared.domain.uploads import State, Upload
from shared.ports.closing import ClosingAccount

FOR_EVER = datetime(9999, 12, 31, tzinfo=UTC)


class MemoryClosing:
    """Implements shared.ports.closing.Closing."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def begin(self, owner: UUID, username: str) -> None:
        """From now on the account is being deleted."""
        with self._db.transaction() as tables:
            row = tables.accounts.get(owner, AccountRow())
            if row.closing_at is None:
                row = replace(row, closing_at=self._db.now(), closing_username=username)
            tables.accounts[owner] = replace(row, sessions_ended_at=FOR_EVER)

    def begun(self, owner: UUID) -> bool:
        """Whether it is being deleted, or is deleted."""
        return _begun(self._db.read(), owner)

    def under_way(self, limit: int) -> list[ClosingAccount]:
        """Accounts whose deletion is not done, the oldest first."""
        found = [
            (row.closing_at, ClosingAccount(owner, row.closing_username or ""))
            for owner, row in self._db.read().accounts.items()
            if row.closing_at and not row.closed_at
        ]
        return [account for _, account in sorted(found, key=lambda pair: pair[0])][:limit]

    def take_back(self, owner: UUID, limit: int) -> int:
        """Some of the owner's uploads, for good; how many they were."""
        with self._db.transaction() as tables:
            left = [
                row.upload
                for _, row in sorted(tables.uploads.items())
                if row.upload.owner == owner
                and row.upload.status is not State.ERASED
                and (row.upload.status is not State.TAKEN_BACK or row.erase_begun_at is None)
            ]
            for upload in left[:limit]:
                _take_back(tables, upload, self._db.now())
            return len(left[:limit])

    def take_back_staged(self, manifest: Manifest) -> None:
        """One that no attempt may have begun for."""
        with self._db.transaction() as tables:
            _take_back(tables, made(tables, manifest, self._db.now()), self._db.now())

    def forget(self, owner: UUID) -> None:
        """Albums, links, questions and sessions of the owner's."""
        with self._db.transaction() as tables:
            tables.sessions = {i: row for i, row in tables.sessions.items() if row.owner != owner}
            for album_id in [album.id for album in tables.albums.values() if album.owner == owner]:
                del tables.albums[album_id]
                tables.album_versions.pop(album_id, None)
                tables.album_images.pop(album_id, None)
            tables.shares = {i: row for i, row in tables.shares.items() if row.share.owner != owner}
            tables.asks = {
                i: ask
                for i, ask in tables.asks.items()
                if ask.asker != owner and (ask.owner != owner or ask.granted)
            }

    def done(self, owner: UUID) -> None:
        """It is deleted: what remains says so of the owner's id alone."""
        with self._db.transaction() as tables:
            row = tables.accounts.get(owner, AccountRow())
            if row.closing_at and not row.closed_at:
                closed = replace(row, closed_at=self._db.now(), closing_username=None, default_licence=None)
                tables.accounts[owner] = closed


def taken_back_as_closing(tables: Tables, upload: Upload, now: datetime) -> bool:
    """Whether the upload is taken back because its owner's account is being deleted."""
    if not _begun(tables, upload.owner):
        return False
    _take_back(tables, upload, now)
    return True


def _begun(tables: Tables, owner: UUID) -> bool:
    return tables.accounts.get(owner, AccountRow()).closing_at is not None


def _take_back(tables: Tables, upload: Upload, now: datetime) -> None:
    if not upload.status.gone:
        take_back(tables, upload.id, now, "closing", "its owner's account is being deleted")
        image_rows.hide(tables, upload.id)
    end_undo(tables, upload.id, now)

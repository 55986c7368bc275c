"""Downloads in MySQL: rows that are added, and go with their taker's account alone."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from shared.adapters.mysql import Database, utc
from shared.adapters.mysql_image_rows import SHOWN
from shared.domain.downloads import Download
from shared.domain.ids import new_upload_id

_ADD = text(f"""
    INSERT INTO downloads (id, taker, username, image_id, shared_by, sha256, size_bytes, licence, version, at)
    SELECT :id, :taker, :username, id, username, sha256, size_bytes, licence, version, UTC_TIMESTAMP(6)
    FROM images WHERE id = :image_id AND {SHOWN}""")  # noqa: S608 -- a constant
_FIND = text("SELECT * FROM downloads WHERE id = :id")
_OF_TAKER = text(
    "SELECT * FROM downloads WHERE taker = :taker AND id < :before ORDER BY id DESC LIMIT :limit"
)
_FORGET = text("DELETE FROM downloads WHERE taker = :taker")
_AFTER_ALL = b"\xff" * 16


class MySqlDownloads:
    """Implements shared.ports.downloads.Downloads."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, taker: UUID, username: str, image_id: UUID) -> Download | None:
        """Write a download down; None when nobody sees the image."""
        download_id = new_upload_id()
        values = {
            "id": download_id.bytes,
            "taker": taker.bytes,
            "username": username,
            "image_id": image_id.bytes,
        }
        with self._db.connect() as c:
            return _find(c, download_id) if c.execute(_ADD, values).rowcount else None

    def find(self, download_id: UUID) -> Download | None:
        """One download, or None."""
        with self._db.connect() as c:
            return _find(c, download_id)

    def of_taker(self, taker: UUID, before: UUID | None, limit: int) -> list[Download]:
        """Newest first."""
        values = {
            "taker": taker.bytes,
            "before": before.bytes if before else _AFTER_ALL,
            "limit": limit,
        }
        with self._db.connect() as c:
            return [_download(row) for row in c.execute(_OF_TAKER, values)]

    def forget(self, taker: UUID) -> None:
        """Remove what an account took down in its name."""
        with self._db.connect() as c:
            c.execute(_FORGET, {"taker": taker.bytes})


def _find(c: Connection, download_id: UUID) -> Download | None:
    row = c.execute(_FIND, {"id": download_id.bytes}).one_or_none()
    return _download(row) if row else None


def _download(row: Row[Any]) -> Download:
    return Download(
        id=UUID(bytes=row.id),
        taker=UUID(bytes=row.taker),
        username=row.username,
        image_id=UUID(bytes=row.image_id),
        shared_by=row.shared_by,
        sha256=row.sha256.hex(),
        size_bytes=row.size_bytes,
        licence=row.licence,
        version=row.version,
        at=utc(row.at),
    )

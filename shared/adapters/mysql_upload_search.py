"""Operators' look-ups among all uploads in MySQL. Each statement reads ids from one index in its order, and rows are
fetched by those, so that a page costs the same among a million uploads as among ten: tests ask EXPLAIN, and count."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from shared.adapters.mysql import Database
from shared.adapters.mysql_uploads import MySqlUploads
from shared.domain.uploads import Upload


# The index is named: an optimizer that trusts old figures walks all uploads from the newest instead.
def _newest(table: str, column: str, index: str) -> TextClause:
    where = f"{column} = :wanted AND id < :before"
    return text(f"SELECT id FROM {table} FORCE INDEX ({index}) WHERE {where} ORDER BY id DESC LIMIT :limit")  # noqa: S608 -- names of ours


OF_OWNER = _newest("uploads", "owner", "of_owner")
OF_USERNAME = _newest("uploads", "username", "of_username")
OF_REFERENCE = _newest("uploads", "reference", "of_reference")
CALLED_SO = _newest("uploads", "filename", "of_filename")
RECEIVED = _newest("uploads", "sha256", "of_bytes")
PUBLISHED_AS = _newest("images", "sha256", "of_published_bytes")
PUBLISHED_FROM = _newest("images", "uploaded_sha256", "of_received_bytes")
CALLED_LIKE_IT_TOO = text("""
    SELECT id FROM uploads FORCE INDEX (of_filename)
    WHERE filename = :wanted AND id > :after ORDER BY id LIMIT :limit""")
BEGINNING_SO = text("""
    SELECT id FROM uploads FORCE INDEX (of_filename)
    WHERE filename > :wanted AND filename < :last ORDER BY filename, id LIMIT :limit""")
NAME_OF = text("SELECT filename FROM uploads WHERE id = :id")
_AFTER_ALL = b"\xff" * 16
_LAST_CHARACTER = "\U0010ffff"


class MySqlUploadSearch:
    """Implements shared.ports.upload_search.UploadSearch."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._uploads = MySqlUploads(database)

    def of_owner(self, owner: UUID, before: UUID | None, limit: int) -> list[Upload]:
        """Newest first."""
        return self._newest(owner.bytes, before, limit, OF_OWNER)

    def of_username(self, username: str, before: UUID | None, limit: int) -> list[Upload]:
        """Newest first. What is erased has no name any more."""
        return self._newest(username, before, limit, OF_USERNAME)

    def of_reference(self, reference: str, before: UUID | None, limit: int) -> list[Upload]:
        """Newest first."""
        return self._newest(bytes.fromhex(reference), before, limit, OF_REFERENCE)

    def of_digest(self, sha256: str, before: UUID | None, limit: int) -> list[Upload]:
        """Newest first, whether it is the digest of what was received or of what is published."""
        return self._newest(bytes.fromhex(sha256), before, limit, RECEIVED, PUBLISHED_AS, PUBLISHED_FROM)

    def of_filename(self, beginning: str, behind: UUID | None, limit: int) -> list[Upload]:
        """What is called so, then what begins so."""
        with self._db.connect() as c:
            last = c.execute(NAME_OF, {"id": behind.bytes}).scalar() if behind else beginning
            if last is None:
                return []
            ids: list[UUID] = []
            if last == beginning:
                ids += _ids(c, CALLED_SO, wanted=last, before=_before(behind), limit=limit)
            elif behind:
                ids += _ids(c, CALLED_LIKE_IT_TOO, wanted=last, after=behind.bytes, limit=limit)
            if len(ids) < limit:
                end = beginning + _LAST_CHARACTER
                ids += _ids(c, BEGINNING_SO, wanted=last, last=end, limit=limit - len(ids))
        return self._in_order(ids)

    def _newest(
        self, wanted: object, before: UUID | None, limit: int, *statements: TextClause
    ) -> list[Upload]:
        fields = {"wanted": wanted, "before": _before(before), "limit": limit}
        with self._db.connect() as c:
            ids = {i for statement in statements for i in _ids(c, statement, **fields)}
        return self._in_order(sorted(ids, reverse=True)[:limit])

    def _in_order(self, ids: list[UUID]) -> list[Upload]:
        known = self._uploads.find_many(ids)
        return [known[i] for i in ids if i in known]


def _before(before: UUID | None) -> bytes:
    return before.bytes if before else _AFTER_ALL


def _ids(c: Connection, statement: TextClause, **fields: Any) -> list[UUID]:
    return [UUID(bytes=i) for i in c.execute(statement, fields).scalars()]

"""Failed uploads in MySQL: grouped there, so that ten thousand cost a page no more than ten."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from shared.adapters.mysql import Database, naive, utc
from shared.adapters.mysql_upload_rows import reject
from shared.adapters.mysql_uploads import SELECT_UPLOADS, MySqlUploads, upload_of
from shared.domain.failures import ALWAYS, Span
from shared.domain.refusals import Refusal
from shared.domain.uploads import Upload
from shared.ports.failures import Failures

# What stays the same of a message: shared.domain.failures.reason_of.
_REASON = "SUBSTRING_INDEX(COALESCE(reason_message, ''), ': ', 1)"
_FAILED = """state = 'failed' AND changed_at >= COALESCE(:since, changed_at)
    AND (:until IS NULL OR changed_at < :until)"""
_OF_REASON = f"{_FAILED} AND (:reason IS NULL OR {_REASON} = :reason)"
_GROUPS = text(f"""
    SELECT {_REASON} AS reason, COUNT(*) AS uploads, MIN(changed_at) AS first_at, MAX(changed_at) AS last_at,
           MAX(id) AS sample, GROUP_CONCAT(DISTINCT worker_version ORDER BY worker_version) AS versions
    FROM uploads WHERE {_FAILED} GROUP BY reason ORDER BY uploads DESC, reason LIMIT :limit""")  # noqa: S608 - nothing in it comes from outside
_COUNT = text(f"SELECT COUNT(*) FROM uploads WHERE {_OF_REASON}")  # noqa: S608 - likewise
_OF = text(f"{SELECT_UPLOADS} WHERE {_OF_REASON} AND id > :after ORDER BY id LIMIT :limit")
_LOCKED = text("SELECT id FROM uploads WHERE id = :id AND state = 'failed' FOR UPDATE")


class MySqlFailedUploads:
    """Implements shared.ports.failures.FailedUploads."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._uploads = MySqlUploads(database)

    def groups(self, limit: int, span: Span = ALWAYS) -> list[Failures]:
        """The largest first."""
        with self._db.connect() as c:
            rows = c.execute(_GROUPS, {"limit": limit, **_within(span)}).all()
        samples = self._uploads.find_many([UUID(bytes=row.sample) for row in rows])
        return [
            Failures(
                reason=row.reason,
                count=int(row.uploads),
                first_at=utc(row.first_at),
                last_at=utc(row.last_at),
                sample=sample,
                versions=tuple(row.versions.split(",")) if row.versions else (),
            )
            for row in rows
            if (sample := samples.get(UUID(bytes=row.sample)))
        ]

    def count(self, reason: str | None, span: Span = ALWAYS) -> int:
        """How many are failed now."""
        with self._db.connect() as c:
            return int(c.execute(_COUNT, {"reason": reason, **_within(span)}).scalar_one())

    def of(self, reason: str | None, after: UUID | None, limit: int, span: Span = ALWAYS) -> list[Upload]:
        """Oldest first, younger than `after`."""
        fields = {"reason": reason, "after": after.bytes if after else b"", "limit": limit, **_within(span)}
        with self._db.connect() as c:
            return [upload_of(row) for row in c.execute(_OF, fields)]

    def discard(self, upload_id: UUID, message: str) -> bool:
        """Reject it."""

        def work(c: Connection) -> bool:
            if c.execute(_LOCKED, {"id": upload_id.bytes}).one_or_none() is None:
                return False
            reject(c, upload_id, Refusal.DISCARDED, message, "discard", "operator")
            return True

        return self._db.transact(work)


def _within(span: Span) -> dict[str, datetime | None]:
    return {
        "since": naive(span.since) if span.since else None,
        "until": naive(span.until) if span.until else None,
    }

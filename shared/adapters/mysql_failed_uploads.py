"""Failed uploads in MySQL: grouped there, so that ten thousand cost a page no more than ten."""

from uuid import UUID

from sqlalchemy import Connection, text

from shared.adapters.mysql import Database, utc
from shared.adapters.mysql_upload_rows import reject
from shared.adapters.mysql_uploads import SELECT_UPLOADS, MySqlUploads, upload_of
from shared.domain.refusals import Refusal
from shared.domain.uploads import Upload
from shared.ports.failures import Failures

# What stays the same of a message: shared.domain.failures.reason_of.
_GROUPS = text("""
    SELECT SUBSTRING_INDEX(COALESCE(reason_message, ''), ': ', 1) AS reason, COUNT(*) AS uploads,
           MIN(changed_at) AS first_at, MAX(changed_at) AS last_at, MAX(id) AS sample
    FROM uploads WHERE state = 'failed' GROUP BY reason ORDER BY uploads DESC, reason LIMIT :limit""")
_COUNT = text("""
    SELECT COUNT(*) FROM uploads WHERE state = 'failed'
    AND (:reason IS NULL OR SUBSTRING_INDEX(COALESCE(reason_message, ''), ': ', 1) = :reason)""")
_OF = text(f"""{SELECT_UPLOADS} WHERE state = 'failed' AND id > :after
    AND (:reason IS NULL OR SUBSTRING_INDEX(COALESCE(reason_message, ''), ': ', 1) = :reason)
    ORDER BY id LIMIT :limit""")
_LOCKED = text("SELECT id FROM uploads WHERE id = :id AND state = 'failed' FOR UPDATE")


class MySqlFailedUploads:
    """Implements shared.ports.failures.FailedUploads."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._uploads = MySqlUploads(database)

    def groups(self, limit: int) -> list[Failures]:
        """The largest first."""
        with self._db.connect() as c:
            rows = c.execute(_GROUPS, {"limit": limit}).all()
        samples = self._uploads.find_many([UUID(bytes=row.sample) for row in rows])
        return [
            Failures(row.reason, int(row.uploads), utc(row.first_at), utc(row.last_at), sample)
            for row in rows
            if (sample := samples.get(UUID(bytes=row.sample)))
        ]

    def count(self, reason: str | None) -> int:
        """How many are failed now."""
        with self._db.connect() as c:
            return int(c.execute(_COUNT, {"reason": reason}).scalar_one())

    def of(self, reason: str | None, after: UUID | None, limit: int) -> list[Upload]:
        """Oldest first, younger than `after`."""
        fields = {"reason": reason, "after": after.bytes if after else b"", "limit": limit}
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

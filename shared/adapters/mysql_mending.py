"""What an owner does about uploads that went wrong, in MySQL: one transaction each, under the upload's lock."""

from uuid import UUID

from sqlalchemy import Connection, text

from shared.adapters.mysql import Database
from shared.adapters.mysql_upload_rows import requeue
from shared.domain.uploads import State
from shared.ports.mending import Retried

_LOCKED = text("SELECT state, retried_at FROM uploads WHERE id = :id AND owner = :owner FOR UPDATE")
# `changed_at` stays: to the sweep nothing has happened.
_DISMISS = text("UPDATE uploads SET dismissed_at = IF(:dismissed, UTC_TIMESTAMP(6), NULL) WHERE id = :id")
_RETRIED = text("UPDATE uploads SET retried_at = UTC_TIMESTAMP(6) WHERE id = :id")


class MySqlMending:
    """Implements shared.ports.mending.Mending."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def dismiss(self, upload_id: UUID, owner: UUID, *, dismissed: bool) -> bool:
        """Out of sight, or back into it; False when there is nothing of the kind."""

        def work(c: Connection) -> bool:
            row = c.execute(_LOCKED, {"id": upload_id.bytes, "owner": owner.bytes}).one_or_none()
            if row is None or row.state != State.REJECTED:
                return False
            c.execute(_DISMISS, {"id": upload_id.bytes, "dismissed": dismissed})
            return True

        return self._db.transact(work)

    def retry(self, upload_id: UUID, owner: UUID) -> Retried:
        """Let a failed upload begin anew, once."""

        def work(c: Connection) -> Retried:
            row = c.execute(_LOCKED, {"id": upload_id.bytes, "owner": owner.bytes}).one_or_none()
            if row is None:
                return Retried.UNKNOWN
            if row.state != State.FAILED:
                return Retried.GOING
            if row.retried_at is not None:
                return Retried.USED_UP
            requeue(c, upload_id, "retry", "owner", "sent again after it had failed")
            c.execute(_RETRIED, {"id": upload_id.bytes})
            return Retried.QUEUED

        return self._db.transact(work)

"""Held uploads, in memory."""

from datetime import datetime
from uuid import UUID

from shared.adapters.memory.database import MemoryDatabase, Tables
from shared.adapters.memory.fingerprints import barred_like
from shared.adapters.memory.upload_rows import reject, requeue, settle
from shared.domain.ids import new_upload_id
from shared.domain.images import Image
from shared.domain.moderation import Act, Moderator, Standing, Verb
from shared.domain.refusals import Refusal
from shared.domain.uploads import Attempt, State, Upload
from shared.ports.held import HeldUpload

BY = "moderator"


class MemoryHeld:
    """Implements shared.ports.held.Held."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def held(self, limit: int, before: UUID | None = None) -> list[HeldUpload]:
        """Newest first."""
        tables, now = self._db.read(), self._db.now()
        ids = sorted(
            (i for i, row in tables.uploads.items() if row.upload.status is State.HELD), reverse=True
        )
        older = [i for i in ids if before is None or i < before]
        return [
            HeldUpload(tables.uploads[i].seen_at(now), tables.barred.get(tables.held_for[i]))
            for i in older[:limit]
        ]

    def release(self, upload_id: UUID, by: Moderator) -> bool:
        """Let it begin anew, and be published."""
        with self._db.transaction() as tables:
            upload = _held(tables, upload_id)
            if upload is None:
                return False
            _record(tables, upload, by, Verb.RELEASE, self._db.now())
            requeue(tables, upload, self._db.now(), "release", BY, "it may be shared")
            tables.released.add(upload_id)
            return True

    def refuse(self, upload_id: UUID, by: Moderator, message: str) -> bool:
        """Reject it."""
        with self._db.transaction() as tables:
            upload = _held(tables, upload_id)
            if upload is None:
                return False
            _record(tables, upload, by, Verb.REFUSE, self._db.now())
            reject(tables, upload_id, self._db.now(), Refusal.BARRED, message, "refuse", BY)
            return True


def hold(tables: Tables, upload: Upload, image: Image, attempt: Attempt, now: datetime) -> bool:
    """Hold what is or looks like a barred image, unless a moderator has let it through; whether that is so."""
    barred = None if upload.id in tables.released else barred_like(tables, image)
    if barred is None:
        return False
    settle(tables, upload, attempt, State.HELD, now)
    tables.held_for[upload.id] = barred
    return True


def _record(tables: Tables, upload: Upload, by: Moderator, verb: Verb, now: datetime) -> None:
    act = Act(
        id=new_upload_id(),
        image_id=upload.id,
        number=1 + sum(other.image_id == upload.id for other in tables.acts.values()),
        at=now,
        moderator=by.id,
        username=by.username,
        verb=verb,
        reason=None,
        note="",
        owner=upload.owner,
        owner_name=upload.username,
        was=Standing.HELD,
        closed={},
    )
    tables.acts[act.id] = act


def _held(tables: Tables, upload_id: UUID) -> Upload | None:
    row = tables.uploads.get(upload_id)
    return row.upload if row is not None and row.upload.status is State.HELD else None

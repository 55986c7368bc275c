"""A moderator's answer for an upload that is held: page, API and command give it here."""

from collections.abc import Callable
from uuid import UUID

import structlog

from shared.domain.moderation import Moderator
from shared.domain.uploads import Upload
from shared.ports.held import Held

log = structlog.get_logger(__name__)


def release(held: Held, send: Callable[[UUID, UUID], None], upload: Upload, by: Moderator) -> bool:
    """Let it begin anew and be published; whether it was held. `send` sends owner and upload id to the workers, and may
    fail: the record is what counts, and the sweep sends it later."""
    if not held.release(upload.id, by):
        return False
    log.info("a held upload is released", upload_id=str(upload.id), moderator=by.username)
    send(upload.owner, upload.id)
    return True


def refuse(held: Held, upload_id: UUID, by: Moderator, because: str) -> bool:
    """Reject it, with what its owner reads; whether it was held. The sweep clears what is stored."""
    if not held.refuse(upload_id, by, because):
        return False
    log.info("a held upload is refused", upload_id=str(upload_id), moderator=by.username)
    return True

"""Moderators' pages: uploads that wait for them, since they are or look like what was removed."""

from dataclasses import dataclass
from typing import Any

import structlog
from flask import Blueprint, flash, redirect, url_for

from shared.domain.formats import WEBP
from shared.domain.ids import parse_id
from shared.domain.keys import final_key_of
from shared.domain.moderation import Moderator, Reason
from shared.domain.refusals import Refusal
from shared.domain.uploads import Upload
from shared.ports.held import HeldUpload
from shared.ports.sessions import Viewer
from web.http.guards import moderator_required
from web.http.messages import send
from web.http.parts import parts
from web.http.problems import not_found

bp = Blueprint("held", __name__)
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class HeldView:
    """One that waits, with the address of its thumbnail, and why what it looks like was removed."""

    upload: Upload
    thumbnail_url: str
    removed_for: str

    @classmethod
    def of(cls, held: HeldUpload) -> "HeldView":
        """An attempt has put its renditions in their place, though nobody finds them."""
        upload = held.upload
        key = final_key_of("thumbnails", upload.filename, upload.accepted_at, upload.id, WEBP)
        reason = held.barred.reason if held.barred else ""
        words = Reason(reason).words if reason in tuple(Reason) else ""
        return cls(upload, parts().media.url(key), words)


@bp.post("/moderation/held/<upload_id>/release")
@moderator_required
def release(me: Viewer, upload_id: str) -> Any:
    """Let it be published."""
    upload = _upload(upload_id)
    if parts().held.release(upload.id, Moderator(me.owner, me.username)):
        log.info("a held upload is released", upload_id=str(upload.id), moderator=me.username)
        send(parts().queue, upload.owner, upload.id)
        flash(f"{upload.filename} by {upload.username} will be published.", "success")
    else:
        flash(f"{upload.filename} by {upload.username} does not wait any more.", "error")
    return redirect(url_for("moderation.page"), 303)


@bp.post("/moderation/held/<upload_id>/refuse")
@moderator_required
def refuse(me: Viewer, upload_id: str) -> Any:
    """Reject it; the sweep clears what is stored."""
    upload = _upload(upload_id)
    if parts().held.refuse(upload.id, Moderator(me.owner, me.username), Refusal.BARRED.sentence):
        log.info("a held upload is refused", upload_id=str(upload.id), moderator=me.username)
        flash(f"{upload.filename} by {upload.username} is rejected.", "success")
    else:
        flash(f"{upload.filename} by {upload.username} does not wait any more.", "error")
    return redirect(url_for("moderation.page"), 303)


def _upload(upload_id: str) -> Upload:
    known = parse_id(upload_id)
    upload = parts().uploads.find(known) if known else None
    if upload is None:
        raise not_found("This upload")
    return upload

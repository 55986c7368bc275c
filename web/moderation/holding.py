"""Held uploads as page and API show them, and what a moderator answers there."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from shared.domain.formats import WEBP
from shared.domain.ids import parse_id
from shared.domain.keys import final_key_of
from shared.domain.limits import clean_caption
from shared.domain.moderation import Moderator, Reason
from shared.domain.refusals import Refusal
from shared.domain.uploads import Upload
from shared.operating import held as answers
from shared.ports.held import HeldUpload
from shared.ports.sessions import Viewer
from web.http.messages import send
from web.http.parts import parts
from web.http.problems import Problem, not_found

MAX_BECAUSE_CHARACTERS = 500  # as many as an upload's record holds


@dataclass(frozen=True)
class HeldView:
    """One that waits, with the address of its thumbnail, and why what it looks like was removed."""

    upload: Upload
    thumbnail_url: str
    removed_for: Reason | None

    @classmethod
    def of(cls, held: HeldUpload) -> "HeldView":
        """An attempt has put its renditions in their place, though nobody finds them."""
        upload = held.upload
        key = final_key_of("thumbnails", upload.filename, upload.accepted_at, upload.id, WEBP)
        reason = held.barred.reason if held.barred else ""
        return cls(upload, parts().media.url(key), Reason(reason) if reason in tuple(Reason) else None)


def waiting(before: UUID | None, limit: int) -> tuple[list[HeldView], UUID | None]:
    """Held uploads, newest first, and where the list goes on."""
    found = parts().held.held(limit + 1, before)
    shown = [HeldView.of(one) for one in found[:limit]]
    return shown, shown[-1].upload.id if len(found) > limit else None


def release(me: Viewer, upload_id: str) -> Upload:
    """Let it be published. Raises a 404 Problem, and a 409 one when it is not held (any more)."""
    upload = _upload(upload_id)
    if not answers.release(
        parts().held, partial(send, parts().queue), upload, Moderator(me.owner, me.username)
    ):
        raise _waits_no_more(upload)
    return upload


def refuse(me: Viewer, upload_id: str, because: str = "") -> Upload:
    """Reject it; without a sentence its owner reads the usual one. Raises likewise, and a 422 Problem."""
    upload, said = _upload(upload_id), clean_caption(because) or Refusal.BARRED.sentence
    if len(said) > MAX_BECAUSE_CHARACTERS:
        raise Problem(422, "invalid_field", f"because: at most {MAX_BECAUSE_CHARACTERS:,} characters.")
    if not answers.refuse(parts().held, upload.id, Moderator(me.owner, me.username), said):
        raise _waits_no_more(upload)
    return upload


def _upload(upload_id: str) -> Upload:
    known = parse_id(upload_id)
    upload = parts().uploads.find(known) if known else None
    if upload is None:
        raise not_found("This upload")
    return upload


def _waits_no_more(upload: Upload) -> Problem:
    return Problem(409, "not_possible", f"{upload.filename} by {upload.username} does not wait any more.")

"""One owner's word about an upload that went wrong, as page and API take it.

The record is what counts: once it says that a failed upload waits again, the sweep sends whatever message is not sent.
"""

from uuid import UUID

import structlog

from shared.domain.ids import parse_id
from shared.domain.uploads import State
from shared.ports.mending import Retried
from shared.ports.sessions import Viewer
from shared.refused import RefusedFiles
from shared.staging import Staging
from web.http.messages import send
from web.http.parts import parts
from web.http.problems import Problem, not_found

log = structlog.get_logger(__name__)


def dismiss(viewer: Viewer, upload_id: str, *, dismissed: bool) -> UUID:
    """Out of the viewer's sight, or back into it; of a file that was refused at once, the note is forgotten.

    Raises a 404 Problem for what was not rejected, or isn't theirs.
    """
    known = parse_id(upload_id)
    if known and parts().mending.dismiss(known, viewer.owner, dismissed=dismissed):
        return known
    if known and dismissed and RefusedFiles(parts().store, viewer.owner).forget(known):
        return known
    raise not_found("This rejected upload")


def retry(viewer: Viewer, upload_id: str) -> UUID:
    """Have a failed upload begin anew; what is on its way already is left alone.

    Raises a 404 Problem for what isn't the viewer's, and a 409 one when it waits for an operator now.
    """
    known = parse_id(upload_id)
    upload = parts().uploads.find(known) if known else None
    if known is None or upload is None or upload.owner != viewer.owner:
        raise not_found("This upload")
    if upload.status is State.FAILED and not _bytes_are_there(viewer.owner, known):
        # A late attempt may have published it, and cleared them, between the two looks.
        if (now := parts().uploads.find(known)) and now.status is not State.FAILED:
            return known
        raise Problem(409, "not_kept", "What you sent is not there any more. Upload the file again.")
    outcome = parts().mending.retry(known, viewer.owner)
    if outcome is Retried.UNKNOWN:
        raise not_found("This upload")
    if outcome is Retried.USED_UP:
        raise Problem(409, "retried_before", "It failed again after your retry. It is kept for an operator.")
    if outcome is Retried.QUEUED:
        send(parts().queue, viewer.owner, known)
        log.info("retried by its owner", upload_id=str(known))
    return known


def _bytes_are_there(owner: UUID, upload_id: UUID) -> bool:
    staging = Staging(parts().store)
    manifest, staged = staging.manifest(owner, upload_id), staging.find(owner, upload_id)
    return bool(manifest and staged and any(entry.key == manifest.staged_key for entry in staged.objects))

"""Why there is no image at an address."""

from shared.domain.moderation import REMOVED
from shared.domain.uploads import Upload
from web.http.problems import Problem, not_found


def missing(upload: Upload | None) -> Problem:
    """404, or 410 for what was there and is not to come back."""
    if upload is not None and upload.status.gone:
        removed = upload.reason_code == REMOVED
        who = "A moderator has removed this image." if removed else "Its owner has taken this image back."
        return Problem(410, "taken_back", who)
    return not_found("This image")

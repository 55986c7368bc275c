"""Why there is no image at an address."""

from shared.domain.uploads import Upload
from web.http.problems import Problem, not_found


def missing(upload: Upload | None) -> Problem:
    """404, or 410 for what was there and is not to come back."""
    if upload is not None and upload.status.gone:
        return Problem(410, "taken_back", "Its owner has taken this image back.")
    return not_found("This image")

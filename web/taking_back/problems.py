"""What can't be undone any more."""

from web.http.problems import Problem


def too_late() -> Problem:
    """409 once the undo time is over."""
    return Problem(
        409, "too_late", "It is too late to undo this: the image is being erased, or is erased already."
    )

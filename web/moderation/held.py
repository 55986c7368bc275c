"""Moderators' buttons for uploads that wait for them, since they are or look like what was removed."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, url_for

from shared.domain.uploads import Upload
from shared.ports.sessions import Viewer
from web.http.guards import moderator_required
from web.http.problems import Problem
from web.moderation import holding
from web.moderation.listing import place_among_held

bp = Blueprint("held", __name__)


@bp.post("/moderation/held/<upload_id>/release")
@moderator_required
def release(me: Viewer, upload_id: str) -> Any:
    """Let it be published."""
    return _answered(holding.release, me, upload_id, "will be published")


@bp.post("/moderation/held/<upload_id>/refuse")
@moderator_required
def refuse(me: Viewer, upload_id: str) -> Any:
    """Reject it."""
    return _answered(holding.refuse, me, upload_id, "is rejected")


def _answered(answer: Callable[[Viewer, str], Upload], me: Viewer, upload_id: str, what: str) -> Any:
    """Do it, and go back to that part of the list."""
    try:
        upload = answer(me, upload_id)
    except Problem as problem:
        if problem.status != 409:
            raise
        flash(problem.detail, "error")
    else:
        flash(f"{upload.filename} by {upload.username} {what}.", "success")
    return redirect(url_for("moderation.page", held=place_among_held()), 303)

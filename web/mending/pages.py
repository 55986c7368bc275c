"""The buttons of My uploads beside what went wrong. All of it works without scripts."""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for

from shared.ports.sessions import Viewer
from web.http.guards import login_required
from web.http.problems import Problem, not_found
from web.mending import mending

bp = Blueprint("mending", __name__)
MAX_IDS = 100


@bp.post("/uploads/dismiss")
@login_required
def dismiss(me: Viewer) -> Any:
    """Out of sight, one or several; back to the other problems. What is gone by now (a second click) is passed over."""
    chosen = list(dict.fromkeys(request.form.getlist("id")))
    if len(chosen) > MAX_IDS:
        raise Problem(422, "too_many_ids", f"Dismiss at most {MAX_IDS} files at once.")
    gone = 0
    for upload_id in chosen:
        try:
            mending.dismiss(me, upload_id, dismissed=True)
            gone += 1
        except Problem as problem:
            if problem.status != 404:
                raise
    if chosen and not gone:
        raise not_found("This rejected upload")
    flash("Dismissed." if gone == 1 else f"{gone} files are dismissed.", "success")
    return redirect(url_for("upload.mine", state="problems"), 303)


@bp.post("/uploads/<upload_id>/show-again")
@login_required
def show_again(me: Viewer, upload_id: str) -> Any:
    """Back into sight."""
    mending.dismiss(me, upload_id, dismissed=False)
    return redirect(url_for("upload.mine", state="problems"), 303)


@bp.post("/uploads/<upload_id>/retry")
@login_required
def retry(me: Viewer, upload_id: str) -> Any:
    """Once more; the page then shows it on its way."""
    known = mending.retry(me, upload_id)
    flash("It is tried once more. You can follow it here.", "success")
    return redirect(url_for("upload.mine") + f"#u-{known}", 303)

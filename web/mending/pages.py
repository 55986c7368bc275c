"""The buttons of My uploads beside what went wrong. All of it works without scripts."""

from typing import Any

from flask import Blueprint, flash, redirect, url_for

from shared.ports.sessions import Viewer
from web.http.guards import login_required
from web.mending import mending

bp = Blueprint("mending", __name__)


@bp.post("/uploads/<upload_id>/dismiss")
@login_required
def dismiss(me: Viewer, upload_id: str) -> Any:
    """Out of sight; back to the other problems."""
    mending.dismiss(me, upload_id, dismissed=True)
    flash("Dismissed. It is still listed under “Show dismissed”.", "success")
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

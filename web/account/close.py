"""The page that deletes one's account: what will happen, and the password again."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from shared.ports.identity import IdentityRefused
from shared.ports.sessions import Viewer
from web.account.closing import begin_closing
from web.account.own import WRONG_PASSWORD
from web.http.guards import login_required
from web.http.parts import parts
from web.http.problems import STATUS_OF_REFUSAL
from web.http.sessions import end_session

bp = Blueprint("close_account", __name__)


def _page(me: Viewer, errors: dict[str, str], status: int = 200) -> Any:
    images = parts().usages.of_owner(me.owner).images
    return render_template("account/close.html", images=images, form={}, errors=errors), status


@bp.get("/account/delete")
@login_required
def ask(me: Viewer) -> Any:
    """Says what deleting means."""
    return _page(me, {})


@bp.post("/account/delete")
@login_required
def delete(me: Viewer) -> Any:
    """Deletes it."""
    password = request.form.get("password", "")
    if not password:
        return _page(me, {"password": "Type your password, so that nobody else deletes your account."}, 422)
    try:
        begin_closing(parts(), me, password)
    except IdentityRefused as refusal:
        if refusal.code == "bad_credentials":
            return _page(me, {"password": WRONG_PASSWORD}, 422)
        return _page(me, {"": refusal.detail}, STATUS_OF_REFUSAL[refusal.code])
    end_session()
    flash("Your account is being deleted, and your images are gone. Thank you for having been here.", "info")
    return redirect(url_for("gallery.feed"), 303)

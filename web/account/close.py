"""The page that deletes one's account: what will happen, and the password again."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from shared.domain.accounts import code_as_typed
from shared.ports.identity import IdentityRefused
from shared.ports.sessions import Viewer
from web.account.closing import begin_closing
from web.account.proof import told
from web.http.guards import login_required
from web.http.parts import parts
from web.http.sessions import access_token, end_session

bp = Blueprint("close_account", __name__)


def _page(me: Viewer, errors: dict[str, str], status: int = 200) -> Any:
    images = parts().usages.of_owner(me.owner).images
    second_step = parts().second_step.is_on(access_token())
    return render_template(
        "account/close.html", images=images, second_step=second_step, form={}, errors=errors
    ), status


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
        begin_closing(parts(), me, password, code_as_typed(request.form.get("code", "")))
    except IdentityRefused as refusal:
        return _page(me, *told(refusal))
    end_session()
    flash("Your account is being deleted, and your images are gone. Thank you for having been here.", "info")
    return redirect(url_for("gallery.feed"), 303)

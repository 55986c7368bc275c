"""The second step of a log-in: the code of an authenticator app.

What waits for it is kept in this browser's signed session: the provider's own session, which is worth nothing without
the code and ends by itself, and the name. No password is kept.
"""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from shared.domain.accounts import code_as_typed
from shared.ports.identity import WRONG_APP_CODE, IdentityRefused
from web.account.ending import answer
from web.http.guards import open_to_all
from web.http.parts import parts
from web.http.problems import STATUS_OF_REFUSAL
from web.http.redirects import own_path
from web.http.sessions import begin_session, viewer

bp = Blueprint("code", __name__)
WAITS = "second_step"
STAYS = ("code_mismatch", "code_used", "too_many_requests")  # the log-in still waits


def await_code(username: str, challenge: str, target: str) -> Response:
    """To the page that asks for the code, and from there to `target`."""
    session[WAITS] = {"username": username, "session": challenge}
    return redirect(url_for("code.ask", next=target), 303)


def _page(errors: dict[str, str], target: str, status: int = 200) -> Any:
    username = session[WAITS]["username"]
    page = render_template("account/code.html", username=username, next=target, form={}, errors=errors)
    return page, status


@bp.get("/login/code")
@open_to_all
def ask() -> Any:
    """The form; who is logged in already goes on."""
    target = own_path(request.args.get("next", "/"))
    if viewer() is not None:
        return redirect(target, 303)
    return _page({}, target) if WAITS in session else redirect(url_for("account.login", next=target), 303)


@bp.post("/login/code")
@open_to_all
def enter() -> Any:
    """Begin the session and go back to where the person was."""
    target = own_path(request.form.get("next") or request.args.get("next", "/"))
    if viewer() is not None:  # the first of two clicks
        return redirect(target, 303)
    if WAITS not in session:
        return redirect(url_for("account.login", next=target), 303)
    waits = session[WAITS]
    code = code_as_typed(request.form.get("code", ""))
    try:
        if not code:
            raise IdentityRefused("code_mismatch", WRONG_APP_CODE)
        tokens = answer(parts(), waits["username"], waits["session"], code)
    except IdentityRefused as refusal:
        if refusal.code in STAYS:
            field = "" if refusal.code == "too_many_requests" else "code"
            return _page({field: refusal.detail}, target, STATUS_OF_REFUSAL[refusal.code])
        del session[WAITS]
        flash(refusal.detail, "info")
        return redirect(url_for("account.login", username=waits["username"], next=target), 303)
    begin_session(tokens)
    return redirect(target, 303)

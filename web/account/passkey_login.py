"""Log-in by passkey: the name is typed, and the browser asks the device or password manager that keeps the passkey.

What waits for it is kept in this browser's signed session, as for a code: the provider's own session, good for one
answer, and the name.
"""

from typing import Any

from flask import Blueprint, redirect, render_template, request, session, url_for

from shared.ports.identity import IdentityRefused
from web.account.ending import answer_by_passkey
from web.http.guards import open_to_all
from web.http.parts import parts
from web.http.problems import STATUS_OF_REFUSAL, not_found
from web.http.redirects import own_path
from web.http.sessions import begin_session, viewer

bp = Blueprint("passkey_login", __name__)
WAITS = "passkey"


def _page(username: str, target: str, refusal: IdentityRefused | None, options: str = "") -> Any:
    page = render_template(
        "account/passkey_login.html",
        username=username,
        next=target,
        options=options,
        errors={} if refusal is None else {"": refusal.detail},
    )
    return page, 200 if refusal is None else STATUS_OF_REFUSAL[refusal.code]


@bp.before_request
def _offered() -> None:
    if not parts().settings.passkeys:
        raise not_found()


@bp.post("/login/passkey")
@open_to_all
def ask() -> Any:
    """Begin; the page has the browser ask for the passkey."""
    target = own_path(request.form.get("next", "/"))
    if viewer() is not None:
        return redirect(target, 303)
    username = request.form.get("username", "").strip().lower()
    if not username:
        return _page("", target, IdentityRefused("no_passkey", "Type your user name first."))
    try:
        asked = parts().passkeys.ask(username)
    except IdentityRefused as refusal:
        return _page(username, target, refusal)
    session[WAITS] = {"username": username, "session": asked.session}
    return _page(username, target, None, asked.options)


@bp.post("/login/passkey/answer")
@open_to_all
def answer() -> Any:
    """Begin the session and go back to where the person was."""
    target = own_path(request.form.get("next", "/"))
    if viewer() is not None:  # the first of two clicks
        return redirect(target, 303)
    waits = session.pop(WAITS, None)
    if waits is None:
        return redirect(url_for("account.login", next=target), 303)
    username = waits["username"]
    try:
        tokens = answer_by_passkey(parts(), username, waits["session"], request.form.get("credential", ""))
    except IdentityRefused as refusal:
        return _page(username, target, refusal)
    begin_session(tokens)
    return redirect(target, 303)

"""One's own passkeys: which there are, another one, and one fewer. Each change asks for the password again."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from shared.ports.identity import IdentityRefused
from shared.ports.sessions import Viewer
from web.account.proof import fault_of_proof
from web.http.guards import login_required
from web.http.parts import parts
from web.http.problems import STATUS_OF_REFUSAL, not_found
from web.http.sessions import access_token

bp = Blueprint("passkeys", __name__)


@bp.before_request
def _offered() -> None:
    if not parts().settings.passkeys:
        raise not_found()


@bp.get("/account/passkeys")
@login_required
def page(_viewer: Viewer) -> Any:
    """Which there are."""
    return _page({})


@bp.post("/account/passkeys")
@login_required
def begin(me: Viewer) -> Any:
    """Have the browser make one, for who can prove the account is theirs."""
    if fault := fault_of_proof(me):
        return _page(*fault)
    try:
        options = parts().passkeys.begin(access_token())
    except IdentityRefused as refusal:
        return _page({"": refusal.detail}, STATUS_OF_REFUSAL[refusal.code])
    return render_template("account/passkey_new.html", options=options)


@bp.post("/account/passkeys/confirm")
@login_required
def confirm(_viewer: Viewer) -> Any:
    """It opens the account from now on."""
    try:
        parts().passkeys.confirm(access_token(), request.form.get("credential", ""))
    except IdentityRefused as refusal:
        return _page({"": refusal.detail}, STATUS_OF_REFUSAL[refusal.code])
    flash("Your passkey is added. You can log in with it from now on.", "success")
    return redirect(url_for(".page"), 303)


@bp.post("/account/passkeys/remove")
@login_required
def remove(me: Viewer) -> Any:
    """It opens nothing any more."""
    if fault := fault_of_proof(me):
        return _page(*fault)
    parts().passkeys.remove(access_token(), request.form.get("id", ""))
    flash("The passkey is removed: it opens nothing any more. Your device may go on offering it.", "info")
    return redirect(url_for(".page"), 303)


def _page(errors: dict[str, str], status: int = 200) -> Any:
    page = render_template(
        "account/passkeys.html",
        passkeys=parts().passkeys.all(access_token()),
        second_step=parts().second_step.is_on(access_token()),
        errors=errors,
        form={},
    )
    return page, status

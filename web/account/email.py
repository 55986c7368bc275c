"""A new e-mail address: the password, the address, and the code that is mailed there. Until then the old one counts."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session, url_for

from shared.domain.accounts import code_as_typed, email_fault
from shared.parts import WebParts
from shared.ports.identity import IdentityRefused
from shared.ports.sessions import Viewer
from web.account.ending import proven
from web.account.proof import WRONG_PASSWORD
from web.http.guards import login_required
from web.http.parts import parts
from web.http.problems import STATUS_OF_REFUSAL
from web.http.sessions import access_token

bp = Blueprint("email", __name__)
NEXT = "next_email"  # in this browser's signed session: where a new code goes without the password again
FIELD_OF_REFUSAL = {
    "bad_credentials": "password",
    "invalid_parameter": "email",
    "email_taken": "email",
    "mail_failed": "email",
    "code_mismatch": "code",
    "code_expired": "code",
    "code_needed": "code",
    "code_used": "code",
}


def change_email(wired: WebParts, viewer: Viewer, password: str, address: str, code: str) -> str:
    """Have a code mailed to a new address, for who can prove the account is theirs; returns where to (masked).

    Raises as `proven`. `code`: of the authenticator app, where there is one.
    """
    return wired.own_account.change_email(proven(wired, viewer, password, code), address)


def _form(form: dict[str, str], errors: dict[str, str], status: int = 200) -> Any:
    now, second_step = parts().own_account.email(access_token()), parts().second_step.is_on(access_token())
    return render_template(
        "account/email.html", now=now, second_step=second_step, form=form, errors=errors
    ), status


def _code_form(errors: dict[str, str], status: int = 200) -> Any:
    return render_template("account/email_code.html", address=session[NEXT], form={}, errors=errors), status


@bp.get("/account/email")
@login_required
def ask(me: Viewer) -> Any:  # noqa: ARG001 -- who is logged in
    """The form for the new address."""
    return _form({}, {})


@bp.post("/account/email")
@login_required
def change(me: Viewer) -> Any:
    """Has a code mailed there."""
    address, password = request.form.get("email", "").strip(), request.form.get("password", "")
    form = {"email": address}
    errors = {} if password else {"password": "Type your password, so that nobody else moves your account."}
    if fault := email_fault(address):
        errors["email"] = fault
    if errors:
        return _form(form, errors, 422)
    try:
        change_email(parts(), me, password, address, code_as_typed(request.form.get("code", "")))
    except IdentityRefused as refusal:
        said = WRONG_PASSWORD if refusal.code == "bad_credentials" else refusal.detail
        return _form(form, {FIELD_OF_REFUSAL.get(refusal.code, ""): said}, _status(refusal))
    session[NEXT] = address
    return redirect(url_for(".enter_code"), 303)


@bp.get("/account/email/code")
@login_required
def enter_code(me: Viewer) -> Any:  # noqa: ARG001 -- as above
    """The form for the code."""
    return _code_form({}) if NEXT in session else redirect(url_for(".ask"), 303)


@bp.post("/account/email/code")
@login_required
def confirm(me: Viewer) -> Any:  # noqa: ARG001 -- as above
    """From now on the new address counts."""
    if NEXT not in session:
        return redirect(url_for(".ask"), 303)
    code = code_as_typed(request.form.get("code", ""))
    try:
        if not code:
            raise IdentityRefused("code_mismatch", "Type the code from the mail.")
        parts().own_account.confirm_email(access_token(), code)
    except IdentityRefused as refusal:
        return _code_form({FIELD_OF_REFUSAL.get(refusal.code, ""): refusal.detail}, _status(refusal))
    flash(f"Your address is {session.pop(NEXT)} from now on.", "success")
    return redirect(url_for("own_account.page"), 303)


@bp.post("/account/email/resend")
@login_required
def resend(me: Viewer) -> Any:  # noqa: ARG001 -- as above
    """Mails a new code to the same address."""
    if NEXT not in session:
        return redirect(url_for(".ask"), 303)
    try:
        parts().own_account.change_email(access_token(), session[NEXT])
        flash("A new code is on its way. The codes before it are worth nothing now.", "info")
    except IdentityRefused as refusal:
        flash(refusal.detail, "error")
    return redirect(url_for(".enter_code"), 303)


def _status(refusal: IdentityRefused) -> int:
    return 422 if refusal.code == "bad_credentials" else STATUS_OF_REFUSAL[refusal.code]

"""Pages for accounts: sign-up, verification by code, log-in, a new password, log-out."""

from typing import Any

import structlog
from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from shared.domain.accounts import (
    code_as_typed,
    email_fault,
    new_username_fault,
    password_fault,
    username_fault,
)
from shared.ports.identity import CodeNeeded, IdentityRefused, IdentityUnavailable
from shared.ports.sessions import Tokens
from web.account.code import await_code
from web.account.ending import begin_alone, end_one
from web.account.ending import log_in as begin_session_of
from web.http.guards import open_to_all
from web.http.parts import parts
from web.http.problems import STATUS_OF_REFUSAL
from web.http.redirects import own_path
from web.http.sessions import begin_session, end_session, held_session, viewer

bp = Blueprint("account", __name__)
log = structlog.get_logger(__name__)
PASSKEYS_GO_ON = "Passkeys go on opening the account: look through them, too."
FIELD_OF_REFUSAL = {
    "username_taken": "username",
    "email_taken": "email",
    "mail_failed": "email",
    "weak_password": "password",
    "code_mismatch": "code",
}


def _name(text: str) -> str:
    """People type capitals and spaces around; names have neither."""
    return text.strip().lower()


def _form_page(template: str, form: dict[str, str], refusal: IdentityRefused | None, **context: Any) -> Any:
    errors, status = {}, 200
    if refusal is not None:
        errors = {FIELD_OF_REFUSAL.get(refusal.code, ""): refusal.detail}
        status = STATUS_OF_REFUSAL[refusal.code]
    shown = {k: v for k, v in form.items() if k != "password"}
    offered = parts().settings.passkeys
    return render_template(template, form=shown, errors=errors, passkeys=offered, **context), status


@bp.get("/signup")
@open_to_all
def signup() -> Any:
    """The form."""
    return _form_page("account/signup.html", {}, None)


@bp.post("/signup")
@open_to_all
def create_account() -> Any:
    """Create the account and go on to the code."""
    form = {
        "username": _name(request.form.get("username", "")),
        "email": request.form.get("email", "").strip(),
    }
    password = request.form.get("password", "")
    errors = {
        field: fault
        for field, fault in (
            ("username", new_username_fault(form["username"])),
            ("email", email_fault(form["email"])),
            ("password", password_fault(password)),
        )
        if fault
    }
    if errors:
        return render_template("account/signup.html", form=form, errors=errors), 422
    try:
        sent_to = parts().accounts.sign_up(form["username"], form["email"], password)
    except IdentityRefused as refusal:
        return _form_page("account/signup.html", form, refusal)
    flash(f"We have sent a code to {sent_to}.", "success")
    return redirect(url_for(".confirm", username=form["username"]), 303)


@bp.get("/confirm")
@open_to_all
def confirm() -> Any:
    """The form for the mailed code."""
    username = _name(request.args.get("username", ""))
    return _form_page("account/confirm.html", {"username": username}, None, username=username)


@bp.post("/confirm")
@open_to_all
def confirm_code() -> Any:
    """Verify the address."""
    form = {
        "username": _name(request.form.get("username", "")),
        "code": code_as_typed(request.form.get("code", "")),
    }
    try:
        if not form["username"] or not form["code"]:
            raise IdentityRefused("code_mismatch", "Type your user name and the code from the mail.")
        parts().accounts.confirm(form["username"], form["code"])
    except IdentityRefused as refusal:
        return _form_page("account/confirm.html", form, refusal, username=form["username"])
    flash("Your address is verified. Log in to start.", "success")
    return redirect(url_for(".login", username=form["username"]), 303)


@bp.post("/confirm/resend")
@open_to_all
def resend() -> Any:
    """Mail a new code."""
    username = _name(request.form.get("username", ""))
    try:
        if username:
            parts().accounts.resend_code(username)
        flash("If this account waits for verification, a new code is on its way.", "info")
    except IdentityRefused as refusal:
        flash(refusal.detail, "error")
    return redirect(url_for(".confirm", username=username), 303)


@bp.get("/login")
@open_to_all
def login() -> Any:
    """The form; who is logged in already goes on."""
    target = own_path(request.args.get("next", "/"))
    if viewer() is not None:
        return redirect(target, 303)
    return _form_page("account/login.html", {"username": request.args.get("username", "")}, None, next=target)


@bp.post("/login")
@open_to_all
def log_in() -> Any:
    """Begin a session and go back to where the person was."""
    form = {"username": _name(request.form.get("username", ""))}
    target = own_path(request.form.get("next") or request.args.get("next", "/"))
    try:
        tokens = begin_session_of(parts(), form["username"], request.form.get("password", ""))
    except CodeNeeded as asked:
        return await_code(form["username"], asked.session, target)
    except IdentityRefused as refusal:
        if refusal.code == "not_confirmed":
            flash("Verify your e-mail address first: type the code we have sent you.", "info")
            return redirect(url_for(".confirm", username=form["username"]), 303)
        if refusal.code == "password_reset_required":
            flash(refusal.detail, "info")
            return redirect(url_for(".forgot"), 303)
        if refusal.code in ("invalid_parameter", "weak_password"):
            refusal = IdentityRefused("bad_credentials")
        return _form_page("account/login.html", form, refusal, next=target)
    begin_session(tokens)
    return redirect(target, 303)


@bp.post("/logout")
@open_to_all
def logout() -> Response:
    """End the session everywhere it is known, and forget it here whether or not that can be told to others."""
    if held := held_session():
        end_one(parts(), held)
    end_session()
    flash("You are logged out.", "info")
    return redirect(url_for("gallery.feed"), 303)


@bp.get("/forgot")
@open_to_all
def forgot() -> Any:
    """The form that asks for a code."""
    return _form_page("account/forgot.html", {}, None)


@bp.post("/forgot")
@open_to_all
def send_reset_code() -> Any:
    """Mail a code for a new password."""
    form = {"username": _name(request.form.get("username", ""))}
    if fault := username_fault(form["username"]):
        return render_template("account/forgot.html", form=form, errors={"username": fault}), 422
    try:
        parts().accounts.forgot(form["username"])
    except IdentityRefused as refusal:
        return _form_page("account/forgot.html", form, refusal)
    flash("If this account exists, a code is on its way to its address.", "info")
    return redirect(url_for(".reset", username=form["username"]), 303)


@bp.get("/reset")
@open_to_all
def reset() -> Any:
    """The form for code and new password."""
    username = _name(request.args.get("username", ""))
    return _form_page("account/reset.html", {"username": username}, None, username=username)


@bp.post("/reset")
@open_to_all
def set_password() -> Any:
    """Set the new password."""
    form = {
        "username": _name(request.form.get("username", "")),
        "code": code_as_typed(request.form.get("code", "")),
    }
    try:
        if not form["username"] or not form["code"]:
            raise IdentityRefused("code_mismatch", "Type your user name and the code from the mail.")
        parts().accounts.reset(form["username"], form["code"], request.form.get("password", ""))
    except IdentityRefused as refusal:
        return _form_page("account/reset.html", form, refusal, username=form["username"])
    try:
        begin_session(_alone(form["username"], request.form.get("password", "")))
    except CodeNeeded as asked:
        flash("Your new password is set, and every other session has ended.", "success")
        return await_code(form["username"], asked.session, url_for("gallery.feed"))
    except (IdentityRefused, IdentityUnavailable) as error:
        # The password is set either way; older sessions end when the account's next one is begun by it.
        log.warning("a session could not follow a new password", error=str(error))
        flash(f"Your new password is set. Log in with it.{_passkeys_go_on()}", "success")
        return redirect(url_for(".login", username=form["username"]), 303)
    ended = "You are logged in here, and every other session has ended."
    flash(f"Your new password is set. {ended}{_passkeys_go_on()}", "success")
    return redirect(url_for("gallery.feed"), 303)


def _passkeys_go_on() -> str:
    """Who guessed the old password may have added one."""
    return f" {PASSKEYS_GO_ON}" if parts().settings.passkeys else ""


def _alone(username: str, password: str) -> Tokens:
    account = parts().accounts.find(username)
    if account is None:  # deleted a moment ago
        raise IdentityRefused("bad_credentials")
    return begin_alone(parts(), account.owner, username, password)

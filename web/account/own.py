"""The page of one's own account: the licence that uploads begin with, the password, and every session's end."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from shared.domain.accounts import code_as_typed, password_fault
from shared.domain.licences import DEFAULT
from shared.ports.identity import CodeNeeded, IdentityRefused
from shared.ports.sessions import Viewer
from web.account.code import await_code
from web.account.ending import MOST_SESSIONS, end_everywhere, end_listed, replace_password
from web.account.proof import told
from web.http.guards import login_required
from web.http.parts import parts
from web.http.sessions import access_token, begin_session, end_session
from web.http.wording import kept_licence

bp = Blueprint("own_account", __name__)


def _page(me: Viewer, errors: dict[str, str], status: int = 200) -> Any:
    chosen = parts().account_records.default_licence(me.owner) or DEFAULT
    second_step = parts().second_step.is_on(access_token())
    sessions = parts().session_records.open(me.owner, MOST_SESSIONS)
    known = {"chosen": chosen, "second_step": second_step, "sessions": sessions, "current": me.session}
    known["idle_days"] = parts().settings.session_idle_days
    known["passkeys"] = parts().settings.passkeys
    return render_template("account/own.html", form={}, errors=errors, **known), status


@bp.get("/account")
@login_required
def page(me: Viewer) -> Any:
    """Everything that one may change about one's account."""
    return _page(me, {})


@bp.post("/account/licence")
@login_required
def choose_licence(me: Viewer) -> Any:
    """Uploads begin with this licence from now on."""
    parts().account_records.set_default_licence(me.owner, kept_licence(request.form.get("licence", "")))
    flash(
        "Your uploads begin with this licence from now on. What is shared already stays as it is.", "success"
    )
    return redirect(url_for(".page"), 303)


@bp.post("/account/password")
@login_required
def change_password(me: Viewer) -> Any:
    """A new password for who knows the old one; every other session ends."""
    old, new = request.form.get("old_password", ""), request.form.get("new_password", "")
    errors = {} if old else {"old_password": "Type the password that you have now."}
    if fault := password_fault(new):
        errors["new_password"] = fault
    if errors:
        return _page(me, errors, 422)
    try:
        tokens = replace_password(parts(), me, old, new, code_as_typed(request.form.get("code", "")))
    except CodeNeeded as asked:
        end_session()
        flash("Your new password is set, and every session has ended.", "success")
        return await_code(me.username, asked.session, url_for(".page"))
    except IdentityRefused as refusal:
        if refusal.code == "weak_password":
            return _page(me, {"new_password": refusal.detail}, 422)
        return _page(me, *told(refusal, "old_password"))
    begin_session(tokens)
    flash("Your new password is set, and every other session has ended.", "success")
    return redirect(url_for(".page"), 303)


@bp.post("/account/sessions/end")
@login_required
def end_one(me: Viewer) -> Any:
    """End one of them: a telephone that was lost. For this one there is the log-out."""
    end_listed(parts(), me.owner, request.form.get("id", ""))  # the second of two clicks finds it ended
    flash("That session has ended.", "success")
    return redirect(url_for(".page", _anchor="sessions-title"), 303)


@bp.post("/account/sign-out-everywhere")
@login_required
def sign_out_everywhere(me: Viewer) -> Any:
    """End every session, this one as well."""
    noted = end_everywhere(parts(), me.owner, access_token())
    end_session()
    late = " Other devices may go on for up to half an hour." if not noted else ""
    flash(f"You are logged out everywhere.{late}", "info")
    return redirect(url_for("account.login", username=me.username), 303)

"""The second step of one's log-in: an authenticator app is set up, moved to another telephone, or switched off.

The secret goes from the provider to the page and nowhere else: it is in no cookie and no log.
"""

import re
from typing import Any
from urllib.parse import quote, urlencode

import segno
from flask import Blueprint, flash, redirect, render_template, request, url_for
from markupsafe import Markup

from shared.domain.accounts import code_as_typed
from shared.ports.identity import WRONG_APP_CODE, IdentityRefused
from shared.ports.sessions import Viewer
from web.account.proof import CODE_REFUSALS, fault_of_proof
from web.http.guards import login_required
from web.http.parts import parts
from web.http.problems import STATUS_OF_REFUSAL
from web.http.redirects import own_path
from web.http.second_step import changed
from web.http.sessions import access_token

bp = Blueprint("second_step", __name__)
ISSUER = "Image Portal"
SECRET = re.compile(r"[A-Z2-7]{16,128}")


@bp.get("/account/second-step")
@login_required
def page(me: Viewer) -> Any:
    """Whether there is one, and what one may do about it."""
    return _page(me, {})


@bp.post("/account/second-step")
@login_required
def begin(me: Viewer) -> Any:
    """Show a new secret to who can prove the account is theirs."""
    if fault := fault_of_proof(me):
        return _page(me, *fault)
    return _secret_page(me, parts().second_step.begin(access_token()), {})


@bp.post("/account/second-step/confirm")
@login_required
def confirm(me: Viewer) -> Any:
    """From now on the code is asked for."""
    code, secret = code_as_typed(request.form.get("code", "")), request.form.get("secret", "")
    try:
        if not code:
            raise IdentityRefused("code_mismatch", WRONG_APP_CODE)
        parts().second_step.confirm(access_token(), code)
    except IdentityRefused as refusal:
        if not SECRET.fullmatch(secret):
            return redirect(url_for(".page", next=_target()), 303)
        field = "code" if refusal.code in CODE_REFUSALS else ""
        return _secret_page(me, secret, {field: refusal.detail}, STATUS_OF_REFUSAL[refusal.code])
    changed(on=True)
    flash("Your app is set up. From now on, log-in asks for its code.", "success")
    return redirect(_target(), 303)


@bp.post("/account/second-step/off")
@login_required
def switch_off(me: Viewer) -> Any:
    """The password is enough again."""
    if fault := fault_of_proof(me):
        return _page(me, *fault)
    parts().second_step.switch_off(access_token())
    changed(on=False)
    flash("The second step is off: your password is enough again.", "info")
    return redirect(url_for(".page"), 303)


def _target() -> str:
    return own_path(request.values.get("next") or url_for(".page"))


def _page(me: Viewer, errors: dict[str, str], status: int = 200) -> Any:
    page = render_template(
        "account/second_step.html",
        on=parts().second_step.is_on(access_token()),
        required=parts().settings.groups_with_second_step & me.groups,
        next=_target(),
        errors=errors,
        form={},
    )
    return page, status


def _secret_page(me: Viewer, secret: str, errors: dict[str, str], status: int = 200) -> Any:
    address = key_address(me.username, secret)
    drawn = segno.make(address, error="m", micro=False).svg_inline(omitsize=True, dark="#000", light="#fff")
    page = render_template(
        "account/second_step_secret.html",
        secret=secret,
        groups=[secret[at : at + 4] for at in range(0, len(secret), 4)],
        address=address,
        drawn=Markup(drawn),  # noqa: S704 -- made of squares, by segno
        next=_target(),
        errors=errors,
        form={},
    )
    return page, status


def key_address(username: str, secret: str) -> str:
    """What authenticator apps read: https://github.com/google/google-authenticator/wiki/Key-Uri-Format"""
    label = quote(f"{ISSUER}:{username}", safe=":")
    return f"otpauth://totp/{label}?" + urlencode({"secret": secret, "issuer": ISSUER}, quote_via=quote)

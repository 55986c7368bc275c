"""The password that is asked for again before something dangerous, and what is wrong with it, as pages say it."""

from flask import request

from shared.domain.accounts import code_as_typed
from shared.ports.identity import IdentityRefused
from shared.ports.sessions import Viewer
from web.account.ending import proven
from web.http.parts import parts
from web.http.problems import STATUS_OF_REFUSAL

CODE_REFUSALS = ("code_needed", "code_mismatch", "code_used")
"""Of an authenticator app's code: what is wrong is said at its field."""
WRONG_PASSWORD = "This is not your password."  # noqa: S105 -- a sentence

Fault = tuple[dict[str, str], int]
"""Sentences by field, and the page's status."""


def told(refusal: IdentityRefused, field: str = "password") -> Fault:
    """What a refused proof means; `field` is the password's."""
    if refusal.code == "bad_credentials":
        return {field: WRONG_PASSWORD}, 422
    return {"code" if refusal.code in CODE_REFUSALS else "": refusal.detail}, STATUS_OF_REFUSAL[refusal.code]


def fault_of_proof(me: Viewer) -> Fault | None:
    """None for who types their password and, with an app, its code. Raises IdentityUnavailable."""
    password, code = request.form.get("password", ""), code_as_typed(request.form.get("code", ""))
    if not password:
        return {"password": "Type your password, so that nobody else changes how you log in."}, 422
    try:
        proven(parts(), me, password, code)
    except IdentityRefused as refusal:
        return told(refusal)
    return None

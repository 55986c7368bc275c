"""Sign-up, verification and log-in."""

from typing import Any

from flask import Blueprint, jsonify

from shared.domain.accounts import email_fault, username_fault
from shared.ports.identity import IdentityRefused
from shared.ports.sessions import Tokens
from web.http.bodies import has, strings
from web.http.csrf import no_session_needed
from web.http.parts import parts
from web.http.problems import Problem


@no_session_needed
def signup() -> Any:
    """Create an account; a code is mailed."""
    username, email, password = strings("username", "email", "password")
    if fault := username_fault(username):
        raise Problem(422, "invalid_username", fault)
    if fault := email_fault(email):
        raise Problem(422, "invalid_email", fault)
    sent_to = parts().accounts.sign_up(username, email, password)
    return jsonify({"username": username, "code_sent_to": sent_to}), 201


@no_session_needed
def confirm() -> Any:
    """Verify the e-mail address with the mailed code."""
    username, code = strings("username", "code")
    parts().accounts.confirm(username, code.strip())
    return "", 204


@no_session_needed
def session() -> Any:
    """Log in, or go on with a refresh token."""
    if has("refresh_token"):
        (refresh_token,) = strings("refresh_token")
        return _session(parts().sessions.refresh(refresh_token))
    username, password = strings("username", "password")
    try:
        tokens = parts().sessions.log_in(username, password)
    except IdentityRefused as refusal:
        if refusal.code in ("invalid_parameter", "weak_password"):  # what can't be a password is a wrong one
            raise Problem(401, "bad_credentials", "User name or password is wrong.") from refusal
        raise
    return _session(tokens)


@no_session_needed
def end_session() -> Any:
    """Log out: revoke a refresh token."""
    (refresh_token,) = strings("refresh_token")
    parts().sessions.revoke(refresh_token)
    return "", 204


def _session(tokens: Tokens) -> Any:
    return jsonify(
        {
            "access_token": tokens.access,
            "refresh_token": tokens.refresh,
            "expires_in": tokens.expires_in_seconds,
        }
    )


def add_to(bp: Blueprint) -> None:
    """Register the routes."""
    bp.post("/signup")(signup)
    bp.post("/confirm")(confirm)
    bp.post("/session")(session)
    bp.delete("/session")(end_session)

"""Who logged in or failed to, changed how they log in, began and ended sessions, and was refused: one line each, of the
logger `web.security`, with account, address and request.

No secret is in it, and no name that can't be an account's: people type passwords into that field.
"""

import secrets
from typing import Any

import structlog
from flask import Flask, g, has_request_context, request

log = structlog.get_logger("web.security")

IN_WORDS = {
    "beginning of a session",
    "end of a session",
    "end of an account",
    "export of an account",
    "mail of a change",
    "password of a link",
    "too many tries",
    "refused",
}
"""Noted where they happen; the others by `web/http/noted.py`."""
REFUSED = {
    "csrf",
    "invalid_token",
    "not_moderator",
    "not_operator",
    "second_step_required",
    "wrong_host",
}
"""Codes of problems that are somebody at a door that is not theirs."""


def install(app: Flask) -> None:
    """Each request's lines, in every log, carry an id of the request."""
    app.before_request(_begin)


def _begin() -> None:
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=secrets.token_hex(8))


def note(what: str, outcome: str = "accepted", *, account: str = "", **facts: Any) -> None:
    """One line. Of who asks what is known: whose account, from which address."""
    viewer = g.get("viewer") if has_request_context() else None
    write = log.info if outcome == "accepted" else log.warning
    write(
        what,
        outcome=outcome,
        account=account or (viewer.username if viewer else None),
        address=request.remote_addr if has_request_context() else None,
        **facts,
    )

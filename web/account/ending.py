"""Ending an account's sessions: at the provider, which refuses to renew them, and in our records, which the next
request of each finds (`web/http/ended.py`). The moments are the provider's own, so that no two clocks are compared."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog

from shared.parts import WebParts
from shared.ports.identity import IdentityRefused
from shared.ports.sessions import Tokens, Viewer
from shared.ports.unavailable import CatalogueUnavailable

log = structlog.get_logger(__name__)
A_SECOND = timedelta(seconds=1)  # as exact as tokens are


def log_in(parts: WebParts, username: str, password: str) -> Tokens:
    """A new session. Raises IdentityRefused or IdentityUnavailable; what is refused includes an account that is being
    deleted, which each request would find out as well (`web/http/ended.py`)."""
    tokens = parts.sessions.log_in(username, password)
    try:
        closing = parts.closing.begun(parts.sessions.verify(tokens.access).owner)
    except CatalogueUnavailable as error:
        log.warning("it can't be told whether an account is being deleted", error=str(error))
        closing = False
    if closing:
        raise IdentityRefused("account_closing")
    return tokens


def proven(parts: WebParts, viewer: Viewer, password: str) -> str:
    """A new access token of the viewer's, for who knows the password. Raises IdentityRefused («bad_credentials» for a
    wrong one) or IdentityUnavailable."""
    try:
        access = parts.sessions.log_in(viewer.username, password).access
    except IdentityRefused as refusal:
        if refusal.code in ("weak_password", "invalid_parameter"):  # what can't be a password is a wrong one
            raise IdentityRefused("bad_credentials") from refusal
        raise
    if parts.sessions.verify(access).owner != viewer.owner:  # the name is somebody else's by now
        raise IdentityRefused("bad_credentials")
    return access


def end_everywhere(parts: WebParts, owner: UUID, access_token: str) -> bool:
    """End every session, this one as well. False when the records can't be written: the others then end with their
    access tokens, within half an hour. Raises IdentityRefused or IdentityUnavailable, and then none has ended."""
    return _note(parts, owner, parts.own_account.end_sessions(access_token))


def begin_alone(parts: WebParts, username: str, password: str) -> Tokens:
    """A new session in place of every other one, for who has just proved a password. Raises IdentityRefused or
    IdentityUnavailable."""
    parts.own_account.end_sessions(log_in(parts, username, password).access)
    tokens = parts.sessions.log_in(username, password)
    viewer = parts.sessions.verify(tokens.access)
    _note(parts, viewer.owner, viewer.since - A_SECOND)
    return tokens


def replace_password(parts: WebParts, username: str, old: str, new: str) -> Tokens:
    """Set a new password for who knows the old one, and end every session but the one that this begins.

    Raises IdentityRefused («bad_credentials» for a wrong old password) or IdentityUnavailable.
    """
    parts.own_account.change_password(log_in(parts, username, old).access, old, new)
    return begin_alone(parts, username, new)


def _note(parts: WebParts, owner: UUID, moment: datetime) -> bool:
    try:
        parts.account_records.end_sessions(owner, moment)
    except CatalogueUnavailable as error:
        log.warning("sessions end with their access tokens", owner=str(owner), error=str(error))
        return False
    return True

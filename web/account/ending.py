"""Ending an account's sessions: at the provider, which refuses to renew them, and in our records, which the next
request of each finds (`web/http/ended.py`). The moments are the provider's own, so that no two clocks are compared."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog

from shared.domain.ids import parse_id
from shared.parts import WebParts
from shared.ports.identity import CodeNeeded, IdentityRefused, IdentityUnavailable
from shared.ports.sessions import Tokens, Viewer
from shared.ports.unavailable import CatalogueUnavailable
from web.http.passwords import check_new
from web.http.sealing import Held
from web.http.security_log import note

log = structlog.get_logger(__name__)
MOST_SESSIONS = 50  # that are listed
A_SECOND = timedelta(seconds=1)  # as exact as tokens are


def log_in(parts: WebParts, username: str, password: str) -> Tokens:
    """A new session. Raises IdentityRefused or IdentityUnavailable; what is refused includes an account that is being
    deleted, which each request would find out as well (`web/http/ended.py`), and CodeNeeded for a second step."""
    return _unless_closing(parts, parts.sessions.log_in(username, password))


def answer(parts: WebParts, username: str, session: str, code: str) -> Tokens:
    """The session of a log-in with a second step. Raises IdentityRefused or IdentityUnavailable."""
    return _unless_closing(parts, parts.sessions.answer(username, session, code))


def answer_by_passkey(parts: WebParts, username: str, session: str, credential: str) -> Tokens:
    """The session of a log-in by passkey. Raises IdentityRefused or IdentityUnavailable."""
    return _unless_closing(parts, parts.passkeys.answer(username, session, credential))


def _unless_closing(parts: WebParts, tokens: Tokens) -> Tokens:
    try:
        closing = parts.closing.begun(parts.sessions.verify(tokens.access).owner)
    except CatalogueUnavailable as error:
        log.warning("it can't be told whether an account is being deleted", error=str(error))
        closing = False
    if closing:
        raise IdentityRefused("account_closing")
    return tokens


def proven(parts: WebParts, viewer: Viewer, password: str, code: str) -> str:
    """A new access token of the viewer's, for who knows the password and, where the account has a second step, the code
    of its app. Raises IdentityRefused («bad_credentials» for a wrong password, «code_needed» without a code) or
    IdentityUnavailable."""
    try:
        access = _proof(parts, viewer.username, password, code).access
    except IdentityRefused as refusal:
        if refusal.code in ("weak_password", "invalid_parameter"):  # what can't be a password is a wrong one
            raise IdentityRefused("bad_credentials") from refusal
        raise
    if parts.sessions.verify(access).owner != viewer.owner:  # the name is somebody else's by now
        raise IdentityRefused("bad_credentials")
    return access


def _proof(parts: WebParts, username: str, password: str, code: str) -> Tokens:
    try:
        return parts.sessions.log_in(username, password)
    except CodeNeeded as asked:
        if not code:
            raise IdentityRefused("code_needed") from asked
        return parts.sessions.answer(username, asked.session, code)


def end_everywhere(parts: WebParts, owner: UUID, access_token: str) -> bool:
    """End every session, this one as well. False when the records can't be written: the others then end with their
    access tokens, within half an hour. Raises IdentityRefused or IdentityUnavailable, and then none has ended."""
    return _note(parts, owner, parts.own_account.end_sessions(access_token))


def end_one(parts: WebParts, session: Held) -> bool:
    """Log out: this session is refused from now on. False when the records can't be written: it then ends with its
    access token. That the provider can't be told is no more than logged: nobody else holds its token."""
    note("end of a session", owner=str(session.owner), session=str(session.session))
    try:
        parts.sessions.revoke(session.token)
    except (IdentityRefused, IdentityUnavailable) as error:
        log.warning("a refresh token was not revoked", error=str(error))
    try:
        parts.session_records.end(session.owner, session.session)
    except CatalogueUnavailable as error:
        log.warning("a session ends with its access token", owner=str(session.owner), error=str(error))
        return False
    return True


def end_listed(parts: WebParts, owner: UUID, session_id: str) -> bool:
    """End one of the owner's sessions that go on; False when there is no such one. Raises CatalogueUnavailable."""
    wanted = parse_id(session_id)
    if wanted not in {record.id for record in parts.session_records.open(owner, MOST_SESSIONS)}:
        return False
    parts.session_records.end(owner, wanted)
    note("end of a session", owner=str(owner), session=str(wanted))
    return True


def begin_alone(parts: WebParts, owner: UUID, username: str, password: str) -> Tokens:
    """A new session in place of every other one, for whose password was just replaced. Raises IdentityRefused or
    IdentityUnavailable; with CodeNeeded the others have ended, and this one begins with the code."""
    _note(parts, owner, parts.accounts.end_sessions_of(username) - A_SECOND)
    return log_in(parts, username, password)


def replace_password(parts: WebParts, viewer: Viewer, old: str, new: str, code: str) -> Tokens:
    """Set a new password for who knows the old one, and end every session but the one that this begins.

    Raises as `proven`, and then nothing has changed; or CodeNeeded: the password is set and every session has ended, as
    the app's code was used up for it, and the next one begins the new session.
    """
    check_new(new, viewer.username)
    parts.own_account.change_password(proven(parts, viewer, old, code), old, new)
    return begin_alone(parts, viewer.owner, viewer.username, new)


def _note(parts: WebParts, owner: UUID, moment: datetime) -> bool:
    try:
        parts.session_records.end_all(owner, moment)
    except CatalogueUnavailable as error:
        log.warning("sessions end with their access tokens", owner=str(owner), error=str(error))
        return False
    return True

"""Who asks: sealed tokens in HttpOnly cookies or a bearer header, verified without any database.

Whether a session was ended since is looked up by `web/http/ended.py`, which admits when it can't tell. What a stranger
makes up is not sealed by us, and costs no call to Cognito. A session ends on a definite refusal alone: while Cognito is
in trouble, pages that need to know who asks answer 503.
"""

import hashlib
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, cast
from uuid import UUID, uuid4

import structlog
from flask import Flask, Response, g, request, session

from shared.ports.identity import IdentityRefused
from shared.ports.sessions import Tokens, Viewer
from shared.ports.unavailable import CatalogueUnavailable
from web.http.devices import device_of
from web.http.ended import has_ended
from web.http.parts import memory, parts
from web.http.problems import Problem
from web.http.sealing import PREFIX, Held, opened, seal
from web.http.security_log import note

ACCESS, REFRESH = "access_token", "refresh_token"
REFRESH_COOKIE_SECONDS = 30 * 24 * 3600  # as long as the pool's refresh tokens
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class SealedTokens:
    """What the outside gets of a session."""

    access: str
    refresh: str
    expires_in_seconds: int


def install(app: Flask) -> None:
    """Write or clear the session's cookies with the response that decided it."""
    app.after_request(_write_cookies)


def viewer() -> Viewer | None:
    """Who asks, or None. Renews an ended access token with the refresh token. Raises IdentityUnavailable."""
    if "viewer" not in g:
        found = viewer_by_token()
        if found is not None and has_ended(found):
            if "Authorization" in request.headers:
                raise IdentityRefused("invalid_token")
            end_session()
            found = None
        elif found is not None and found.session and g.get("new_tokens"):
            goes_on(found.owner, found.session)
        g.viewer = found
    return cast(Viewer | None, g.viewer)


def viewer_by_token() -> Viewer | None:
    """Who the request's token speaks for, whether or not their sessions were ended since. Raises as `viewer`."""
    return _bearer() if "Authorization" in request.headers else _from_cookies()


def viewer_at_hand() -> Viewer | None:
    """Who asks, as far as that is known without renewing anything: for what every page shows. Raises as `viewer`."""
    if "viewer" in g or "Authorization" in request.headers:
        return viewer()
    access = request.cookies.get(_name(ACCESS))
    try:
        found = _verified(access) if access else None
    except IdentityRefused:
        return None
    return None if found is None or has_ended(found) else found


def access_token() -> str:
    """The token that `viewer` was read from: for what people do with their own account at the provider."""
    return cast(str, g.get("access_token", ""))


def _verified(token: str) -> Viewer:
    """Of a sealed token, or of one of the pool's own that somebody brings from elsewhere."""
    held = opened(ACCESS, token) if token.startswith(PREFIX) else None
    g.access_token = held.token if held else token
    found = parts().sessions.verify(g.access_token)
    return replace(found, session=held.session) if held else found


def _bearer() -> Viewer | None:
    scheme, _, token = request.headers["Authorization"].partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Problem(401, "invalid_token", "Send the access token as «Authorization: Bearer <token>».")
    return _verified(token.strip())


def _from_cookies() -> Viewer | None:
    access, refresh = request.cookies.get(_name(ACCESS)), request.cookies.get(_name(REFRESH))
    with suppress(IdentityRefused):  # it has ended: what follows renews the session or ends it
        if access:
            return _verified(access)
    with suppress(IdentityRefused):  # likewise
        if refresh:
            g.new_tokens = renewed(refresh)
            return _verified(g.new_tokens.access)
    if access or refresh:
        end_session()
    return None


def renewed(refresh: str) -> SealedTokens:
    """A session's next tokens. Raises IdentityRefused, also for a session that was idle too long, or
    IdentityUnavailable. A token that the provider refused once is not asked for again."""
    held = opened(REFRESH, refresh)
    digest = hashlib.sha256(held.token.encode()).hexdigest()
    idle_days = (time.time() - held.at) / (24 * 3600)
    if digest in memory().ended_sessions or idle_days > parts().settings.session_idle_days:
        raise IdentityRefused("invalid_token")
    try:
        tokens = parts().sessions.refresh(held.token)
    except IdentityRefused:
        memory().ended_sessions.put(digest, True)
        raise
    return _sealed(tokens, held.owner, held.session, held.token)


def goes_on_with(refresh: str) -> SealedTokens:
    """The same for a program, with the look-up of each request. Raises as `renewed`, also for one that was ended."""
    tokens = renewed(refresh)
    found = _verified(tokens.access)
    if has_ended(found):
        raise IdentityRefused("invalid_token")
    held = opened(REFRESH, tokens.refresh)
    goes_on(held.owner, held.session)
    return tokens


def started(tokens: Tokens) -> SealedTokens:
    """A new session, noted in its owner's list. Raises IdentityRefused or IdentityUnavailable."""
    begins, new = parts().sessions.verify(tokens.access), uuid4()
    goes_on(begins.owner, new)
    note("beginning of a session", account=begins.username, session=str(new))
    return _sealed(tokens, begins.owner, new, tokens.refresh or "")


def goes_on(owner: UUID, of_session: UUID) -> None:
    """Note that a session begins or goes on. Without the database it does so unlisted, until it is renewed."""
    try:
        parts().session_records.note(owner, of_session, device_of(request.headers.get("User-Agent", "")))
    except CatalogueUnavailable as error:
        log.warning("a session goes on unlisted", owner=str(owner), error=str(error))


def _sealed(tokens: Tokens, owner: UUID, of_session: UUID, refresh: str) -> SealedTokens:
    return SealedTokens(
        seal(ACCESS, owner, of_session, tokens.access),
        seal(REFRESH, owner, of_session, tokens.refresh or refresh),
        tokens.expires_in_seconds,
    )


def begin_session(tokens: Tokens) -> None:
    """Begin a session in this browser, with a new form token. Raises as `started`."""
    session.clear()
    g.new_tokens = started(tokens)


def end_session() -> None:
    """Forget this browser's tokens."""
    g.new_tokens = None
    g.viewer = None


def held_session() -> Held | None:
    """This browser's session, by its refresh token: what log-out ends. None without one that is ours."""
    with suppress(IdentityRefused):
        return opened(REFRESH, request.cookies.get(_name(REFRESH), ""))
    return None


def _name(cookie: str) -> str:
    return f"__Host-{cookie}" if parts().settings.cookie_secure else cookie


def _write_cookies(response: Response) -> Response:
    if "new_tokens" not in g:
        return response
    tokens: SealedTokens | None = g.new_tokens
    how: Any = {
        "httponly": True,
        "secure": parts().settings.cookie_secure,
        "samesite": "Lax",
        "path": "/",
    }
    if tokens is None:
        for cookie in (ACCESS, REFRESH):
            response.delete_cookie(_name(cookie), **how)
        return response
    response.set_cookie(_name(ACCESS), tokens.access, max_age=REFRESH_COOKIE_SECONDS, **how)
    response.set_cookie(_name(REFRESH), tokens.refresh, max_age=REFRESH_COOKIE_SECONDS, **how)
    return response

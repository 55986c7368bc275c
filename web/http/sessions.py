"""Who asks: Cognito's tokens in HttpOnly cookies or a bearer header, verified without any database.

Whether an account's sessions were ended since is looked up by `web/http/ended.py`, which admits when it can't tell.
The refresh token's cookie carries our signature, so that what a stranger makes up costs no call to Cognito. A session
ends on a definite refusal alone: while Cognito is in trouble, pages that need to know who asks answer 503.
"""

import hashlib
from contextlib import suppress
from typing import Any, cast

from flask import Flask, Response, current_app, g, request, session
from itsdangerous import BadSignature, Signer

from shared.ports.identity import IdentityRefused
from shared.ports.sessions import Tokens, Viewer
from web.http.ended import has_ended
from web.http.parts import memory, parts
from web.http.problems import Problem

ACCESS, REFRESH = "access_token", "refresh_token"
REFRESH_COOKIE_SECONDS = 30 * 24 * 3600  # as long as the pool's refresh tokens


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
        found = parts().sessions.verify(access) if access else None
    except IdentityRefused:
        return None
    return None if found is None or has_ended(found) else found


def access_token() -> str:
    """The token that `viewer` was read from: for what people do with their own account at the provider."""
    return cast(str, g.get("access_token", ""))


def _verified(token: str) -> Viewer:
    found = parts().sessions.verify(token)
    g.access_token = token
    return found


def _bearer() -> Viewer | None:
    scheme, _, token = request.headers["Authorization"].partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Problem(401, "invalid_token", "Send the access token as «Authorization: Bearer <token>».")
    return _verified(token.strip())


def _from_cookies() -> Viewer | None:
    access = request.cookies.get(_name(ACCESS))
    with suppress(IdentityRefused):  # it has ended: what follows renews the session or ends it
        if access:
            return _verified(access)
    refresh = refresh_token()
    renewed = _renewed(refresh) if refresh else None
    if renewed is None and (access or _name(REFRESH) in request.cookies):
        end_session()
    return renewed


def _renewed(refresh: str) -> Viewer | None:
    """The viewer by a fresh access token; None when the refresh token is refused. A token refused once is not
    asked for again."""
    digest = hashlib.sha256(refresh.encode()).hexdigest()
    if digest in memory().ended_sessions:
        return None
    try:
        tokens = parts().sessions.refresh(refresh)
        renewed = _verified(tokens.access)
    except IdentityRefused:
        memory().ended_sessions.put(digest, True)
        return None
    g.new_tokens = tokens
    return renewed


def begin_session(tokens: Tokens) -> None:
    """Remember fresh tokens in this browser, with a new form token."""
    session.clear()
    g.new_tokens = tokens


def end_session() -> None:
    """Forget this browser's tokens."""
    g.new_tokens = None
    g.viewer = None


def refresh_token() -> str | None:
    """This browser's refresh token: what log-out revokes. None without one, or when its signature is not ours."""
    try:
        return _signer().unsign(request.cookies.get(_name(REFRESH), "")).decode()
    except (BadSignature, UnicodeError):
        return None


def _signer() -> Signer:
    return Signer(current_app.secret_key or "", salt="refresh-token", digest_method=hashlib.sha256)


def _name(cookie: str) -> str:
    return f"__Host-{cookie}" if parts().settings.cookie_secure else cookie


def _write_cookies(response: Response) -> Response:
    if "new_tokens" not in g:
        return response
    tokens: Tokens | None = g.new_tokens
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
    if tokens.refresh:
        signed = _signer().sign(tokens.refresh).decode()
        response.set_cookie(_name(REFRESH), signed, max_age=REFRESH_COOKIE_SECONDS, **how)
    return response

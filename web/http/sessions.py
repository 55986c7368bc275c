"""Who asks: Cognito's tokens in HttpOnly cookies or a bearer header, verified without any database."""

import hmac
import re
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlsplit

from flask import Flask, Response, g, redirect, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from shared.ports.identity import IdentityRefused
from shared.ports.sessions import Tokens, Viewer
from web.http.parts import parts
from web.http.problems import Problem

ACCESS, REFRESH = "access_token", "refresh_token"
REFRESH_COOKIE_SECONDS = 30 * 24 * 3600  # as long as the pool's refresh tokens
CSRF_FIELD, CSRF_HEADER = "csrf_token", "X-CSRF-Token"
_OWN_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")  # printable ASCII without space and backslash

View = TypeVar("View", bound=Callable[..., Any])


def install(app: Flask) -> None:
    """Write or clear the session's cookies with the response that decided it."""
    app.after_request(_write_cookies)


def viewer() -> Viewer | None:
    """Who asks, or None. Renews an ended access token with the refresh token. Raises IdentityUnavailable."""
    if "viewer" not in g:
        g.viewer = _bearer() if "Authorization" in request.headers else _from_cookies()
    return cast(Viewer | None, g.viewer)


def _bearer() -> Viewer | None:
    scheme, _, token = request.headers["Authorization"].partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Problem(401, "invalid_token", "Send the access token as «Authorization: Bearer <token>».")
    return parts().sessions.verify(token.strip())


def _from_cookies() -> Viewer | None:
    access, refresh = request.cookies.get(_name(ACCESS)), request.cookies.get(_name(REFRESH))
    sessions = parts().sessions
    try:
        if access:
            return sessions.verify(access)
    except IdentityRefused:
        if not refresh:
            end_session()
            return None
    if not refresh:
        return None
    try:
        tokens = sessions.refresh(refresh)
        renewed = sessions.verify(tokens.access)
    except IdentityRefused:
        end_session()
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
    """This browser's refresh token: what log-out revokes."""
    return request.cookies.get(_name(REFRESH))


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
        response.set_cookie(_name(REFRESH), tokens.refresh, max_age=REFRESH_COOKIE_SECONDS, **how)
    return response


def csrf_token() -> str:
    """The token that this browser's forms carry; kept in the signed session cookie."""
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(24)
    return cast(str, session["csrf"])


def check_csrf() -> None:
    """Refuse a form or script call that did not come from our own pages. Bearer tokens need no such check."""
    if "Authorization" in request.headers:
        return
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    given = request.headers.get(CSRF_HEADER) or request.form.get(CSRF_FIELD, "")
    known = session.get("csrf", "")
    if site not in ("same-origin", "none") or not known or not hmac.compare_digest(given, known):
        raise Problem(400, "csrf", "This form is too old to be sent. Open the page again and repeat it.")


def login_required(view: View) -> View:
    """Pages: who is not logged in goes to the log-in page and comes back after it."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if viewer() is None:
            return to_login()
        return view(*args, **kwargs)

    return cast(View, guarded)


def token_required(view: View) -> View:
    """The API: a bearer token, or this browser's session (with the form token for anything but reading)."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if viewer() is None:
            raise Problem(401, "not_logged_in", "This needs a verified, logged-in user.")
        return view(*args, **kwargs)

    return cast(View, guarded)


def operator_required(view: View) -> View:
    """For operators; others are told so."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        me = viewer()
        if me is None and not request.path.startswith("/api/"):
            return to_login()
        if me is None:
            raise Problem(401, "not_logged_in", "This needs a logged-in operator.")
        if not me.is_operator:
            raise Problem(403, "not_operator", "This is for the portal's operators.")
        return view(*args, **kwargs)

    return cast(View, guarded)


def to_login() -> AnyResponse:
    """To the log-in page, and from there back to the page that was asked for."""
    back = request.full_path.rstrip("?") if request.method == "GET" else request.path
    return redirect(f"{url_for('account.login')}?next={quote(back, safe='/')}", 303)


def own_path(target: str) -> str:
    """`target` when it is a path on this site, else the feed. Allow-list: other forms have ways around them."""
    if not _OWN_PATH.fullmatch(target):
        return "/"
    parts_of = urlsplit(target)
    return target if not parts_of.scheme and not parts_of.netloc else "/"

"""The form token: proof that a form, or a script's call, comes from a page of ours that this browser has open.

https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
"""

import hmac
import secrets
from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Flask, current_app, request, session

from web.http.problems import Problem

FIELD, HEADER = "csrf_token", "X-CSRF-Token"
_CHECKED_ELSEWHERE = "form_token_checked_elsewhere"

View = TypeVar("View", bound=Callable[..., Any])


def install(app: Flask) -> None:
    """Check the token of every form and call that changes something, unless its view says otherwise."""
    app.before_request(_check)


def form_token() -> str:
    """The token that this browser's forms carry; kept in the signed session cookie."""
    if FIELD not in session:
        session[FIELD] = secrets.token_urlsafe(24)
    return cast(str, session[FIELD])


def check_form_token() -> None:
    """Refuse what did not come from our own pages. Bearer tokens need no such check: browsers don't add them.

    Looks at the header first: a form that is still arriving is not read for it.
    """
    if "Authorization" in request.headers:
        return
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    given = request.headers.get(HEADER) or request.form.get(FIELD, "")
    known = session.get(FIELD, "")
    if site not in ("same-origin", "none") or not known or not _equal(given, known):
        raise Problem(400, "csrf", "This form is too old to be sent. Open the page again and repeat it.")


def token_checked_by_view(view: View) -> View:
    """For a view that reads its form while it arrives, and checks the token itself once it has."""
    setattr(view, _CHECKED_ELSEWHERE, True)
    return view


def _check() -> None:
    if request.routing_exception is not None or request.endpoint is None:
        return  # there is no such form; the answer is 404 or 405
    view = current_app.view_functions[request.endpoint]
    if request.method not in ("GET", "HEAD", "OPTIONS") and not getattr(view, _CHECKED_ELSEWHERE, False):
        check_form_token()


def _equal(given: str, known: str) -> bool:
    # As bytes: compare_digest raises on text beyond ASCII.
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), known.encode())

"""Opening a link: whether there is one, whether it is good, and whether its password was typed in this browser."""

import hashlib
import re
from math import ceil

import structlog
from flask import current_app, request, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.security import check_password_hash
from werkzeug.wrappers import Response

from shared.domain.shares import TOKEN, Share
from shared.ports.identity import IdentityRefused, IdentityUnavailable
from shared.ports.unavailable import CatalogueUnavailable
from web.http.parts import parts
from web.http.problems import Problem, not_found
from web.http.security_log import note
from web.http.sessions import viewer_at_hand

log = structlog.get_logger(__name__)
OPEN_SECONDS = 12 * 3600
# Those that unfold links, look through the web or load ahead are no readers.
_ROBOT = re.compile(
    r"bot|crawl|spider|slurp|preview|unfurl|embed|facebookexternalhit|whatsapp|telegram|slack|discord|curl|wget|python|http-?client",
    re.IGNORECASE,
)


def link_ended() -> Problem:
    """410 for what was revoked or has expired; which of them, and what it showed, is nobody's business."""
    return Problem(410, "link_ended", "This link is no longer good. Ask who sent it to you for a new one.")


def known_share(token: str) -> Share:
    """The link, while it is good. Raises a Problem: 404 for what is none, 410 for what has ended."""
    share = parts().shares.by_token(token) if TOKEN.fullmatch(token) else None
    if share is None:
        raise not_found("This link")
    if share.ended:
        raise link_ended()
    return share


def opened_share(token: str) -> Share:
    """The link, for who may look behind it. Raises a Problem, 403 while its password was not typed here."""
    share = known_share(token)
    if not is_open(share):
        raise Problem(403, "password_needed", "This link has a password. Open it to type the password.")
    return share


def is_open(share: Share) -> bool:
    """Whether this browser has typed the password, or there is none."""
    if share.password_hash is None:
        return True
    try:
        known = _serializer().loads(request.cookies.get(_cookie(), ""), max_age=OPEN_SECONDS)
    except BadSignature:
        return False
    return bool(known == _proof(share))


def try_password(share: Share, password: str) -> bool:
    """Whether it is right. Raises a 429 Problem when it was wrong too often; the try is counted before it is made."""
    wait = parts().shares.begin_try(share.id)
    if wait is not None:
        raise locked(wait.total_seconds())
    if share.password_hash is None or not check_password_hash(share.password_hash, password):
        note("password of a link", "refused", share_id=str(share.id))
        return False
    parts().shares.end_tries(share.id)
    return True


def locked(seconds: float) -> Problem:
    """429 until a password may be tried again."""
    detail = "The password of this link was wrong too often."
    return Problem(429, "too_many_requests", detail, retry_after=ceil(seconds))


def remember(response: Response, share: Share) -> None:
    """This browser has typed the password: a cookie for this link alone, until the password changes."""
    response.set_cookie(
        _cookie(),
        _serializer().dumps(_proof(share)),
        max_age=OPEN_SECONDS,
        path=url_for("link.page", token=share.token),
        httponly=True,
        secure=parts().settings.cookie_secure,
        samesite="Lax",
    )


def count_view(share: Share) -> None:
    """One more look, unless a robot, somebody's browser ahead of them or the owner looks."""
    agent = request.headers.get("User-Agent", "")
    ahead = request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))
    if request.method != "GET" or not agent or _ROBOT.search(agent) or "prefetch" in ahead:
        return
    if _is_owner(share):
        return
    try:
        parts().shares.count_view(share.id)
    except CatalogueUnavailable as error:
        log.warning("a view is not counted", share_id=str(share.id), error=str(error))


def _is_owner(share: Share) -> bool:
    try:
        viewer = viewer_at_hand()
    except (IdentityRefused, IdentityUnavailable, Problem):
        return False  # who can't be told is no owner; the page is shown all the same
    return viewer is not None and viewer.owner == share.owner


def _cookie() -> str:
    """Its path is the link's, so that it can't be one of the host's, `__Host-`."""
    return "__Secure-share" if parts().settings.cookie_secure else "share"


def _proof(share: Share) -> list[str]:
    digest = hashlib.sha256((share.password_hash or "").encode()).hexdigest()
    return [str(share.id), digest[:32]]


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        current_app.secret_key or "", salt="share-password", signer_kwargs={"digest_method": hashlib.sha256}
    )

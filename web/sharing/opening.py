"""Opening a link: whether there is one, whether it is good, and whether its password was typed in this browser."""

import hashlib
import hmac
import re
import time
from math import ceil

import structlog
from flask import request, session
from werkzeug.security import check_password_hash

from shared.domain.shares import TOKEN, Share
from shared.ports.identity import IdentityRefused, IdentityUnavailable
from shared.ports.unavailable import CatalogueUnavailable
from web.http.parts import parts
from web.http.problems import Problem, not_found
from web.http.security_log import note
from web.http.sessions import viewer_at_hand

log = structlog.get_logger(__name__)
OPENED = "opened_links"
OPEN_SECONDS = 12 * 3600
MOST_OPENED = 8  # whose passwords one browser has typed: a cookie holds them
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
    proof, until = session.get(OPENED, {}).get(str(share.id), ("", 0))
    return time.time() < until and hmac.compare_digest(proof, _proof(share))


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


def remember(share: Share) -> None:
    """This browser has typed the password: in its signed session, for this link alone, until the password changes."""
    before = {known: said for known, said in session.get(OPENED, {}).items() if known != str(share.id)}
    newest = list(before.items())[-(MOST_OPENED - 1) :]
    session[OPENED] = dict([*newest, (str(share.id), (_proof(share), int(time.time()) + OPEN_SECONDS))])


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


def _proof(share: Share) -> str:
    return hashlib.sha256((share.password_hash or "").encode()).hexdigest()[:32]

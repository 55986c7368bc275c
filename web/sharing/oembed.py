"""oEmbed: what a link unfolds as, for programs (https://oembed.com)."""

import re
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, request, url_for

from shared.domain.shares import Kind, Share
from web.http.guards import open_to_all
from web.http.paging import whole_number
from web.http.problems import Problem
from web.sharing import cards
from web.sharing.behind import collection_of, image_of
from web.sharing.opening import known_share

bp = Blueprint("oembed", __name__)
CACHED_SECONDS = 3600
_PATH = re.compile(r"/s/([^/]+)(?:/embed)?/?")


@bp.get("/oembed")
@open_to_all
def oembed() -> Response:
    """Answers for links of this portal; 401 for one with a password, as the specification has it, and 404 for what is
    none or has ended."""
    if request.args.get("format", "json") != "json":
        return _refusal(501, "JSON alone is spoken here.")
    most = {name: whole_number(request.args.get(name, "999999999")) for name in ("maxwidth", "maxheight")}
    if None in most.values() or 0 in most.values():
        return _refusal(400, "maxwidth and maxheight are numbers of pixels.")
    try:
        share = known_share(_token(request.args.get("url", "")))
        if share.password_hash is not None:
            return _refusal(401, "This link has a password.")
        told = _told(share, most["maxwidth"] or 0, most["maxheight"] or 0)
    except Problem as problem:
        return _refusal(404, problem.detail)
    return _answer(told, 200)


def _told(share: Share, width: int, height: int) -> dict[str, Any]:
    if share.kind is Kind.IMAGE:
        image = image_of(share)
        card = cards.card_of_image(share, image)
        sizes = [cards.picture(share, image, size) for size in cards.Size]
    else:
        collection = collection_of(share, "", 1)
        card = cards.card_of_collection(share, collection)
        sizes = [cards.picture(share, cover, cards.Size.THUMBNAIL)] if (cover := collection.cover) else []
    fitting = [size for size in sizes if size.width <= width and size.height <= height]
    framed_width, framed_height = cards.frame_size(card, width, height)
    told: dict[str, Any] = {
        "version": "1.0",
        "type": "link",
        "title": card.title,
        "author_name": card.username,
        "provider_name": "Image Portal",
        "provider_url": url_for("gallery.feed", _external=True),
        "cache_age": CACHED_SECONDS,
    }
    if card.licence:
        told["license"] = card.licence.name
        if card.licence.url:
            told["license_url"] = card.licence.url
    if fitting:
        least = fitting[-1]
        told |= {"thumbnail_url": least.url, "thumbnail_width": least.width, "thumbnail_height": least.height}
    if share.kind is Kind.IMAGE and fitting:
        largest = fitting[0]
        told |= {"type": "photo", "url": largest.url, "width": largest.width, "height": largest.height}
    elif share.kind is not Kind.IMAGE:
        told |= {"type": "rich", "width": framed_width, "height": framed_height}
        told["html"] = cards.frame(share, card, width, height)
    return told


def _token(address: str) -> str:
    """The token in the address of a link of ours, else what is none."""
    try:
        parts_of = urlsplit(address)
    except ValueError:
        return ""
    found = _PATH.fullmatch(parts_of.path)
    ours = parts_of.scheme in ("http", "https") and parts_of.netloc == request.host
    return found[1] if found and ours else ""


def _refusal(status: int, said: str) -> Response:
    return _answer({"error": said}, status)


def _answer(told: dict[str, Any], status: int) -> Response:
    response = jsonify(told)
    response.status_code = status
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["X-Robots-Tag"] = "noindex"
    return response

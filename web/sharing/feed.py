"""A collection as an Atom feed (RFC 4287). Its addresses lead through the link, so that they end with it."""

import re
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from flask import url_for
from markupsafe import Markup

from shared.domain.images import Image
from shared.domain.licences import BY_CODE
from shared.domain.shares import Share
from web.sharing import cards
from web.sharing.behind import Collection

NAMESPACE = "http://www.w3.org/2005/Atom"
# What XML 1.0 has no way to write, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def atom(share: Share, collection: Collection) -> bytes:
    """The feed, UTF-8."""
    register_namespace("", NAMESPACE)
    feed = Element(f"{{{NAMESPACE}}}feed")
    _text(feed, "id", f"urn:uuid:{share.id}")
    _text(feed, "title", collection.title)
    _text(feed, "updated", collection.updated_at.isoformat(timespec="seconds"))
    _by(feed, share.username)
    _link(feed, "self", url_for("link.feed", token=share.token, _external=True))
    _link(feed, "alternate", cards.page_url(share), "text/html")
    for image in collection.images:
        _entry(feed, share, image)
    written: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def _entry(feed: Element, share: Share, image: Image) -> None:
    entry = SubElement(feed, f"{{{NAMESPACE}}}entry")
    card, licence = cards.card_of_image(share, image), BY_CODE[image.licence]
    _text(entry, "id", f"urn:uuid:{image.id}")
    _text(entry, "title", card.title)
    _text(entry, "published", image.uploaded_at.isoformat(timespec="seconds"))
    _text(entry, "updated", image.published_at.isoformat(timespec="seconds"))
    _by(entry, image.username)
    _link(entry, "alternate", card.url, "text/html")
    if licence.url:
        _link(entry, "license", licence.url)  # RFC 4946
    _text(entry, "rights", f"{image.username}: {licence.name}. {licence.summary}")
    for tag in image.hashtags:
        SubElement(entry, f"{{{NAMESPACE}}}category", term=_clean(tag))
    words = Markup("<p>{}</p>").format(image.caption) if image.caption else Markup("")
    _text(entry, "content", cards.figure(card) + words, type="html")


def _text(parent: Element, name: str, text: str, **attributes: str) -> None:
    SubElement(parent, f"{{{NAMESPACE}}}{name}", attributes).text = _clean(text)


def _by(parent: Element, name: str) -> None:
    _text(SubElement(parent, f"{{{NAMESPACE}}}author"), "name", name)


def _link(parent: Element, rel: str, href: str, kind: str = "") -> None:
    SubElement(parent, f"{{{NAMESPACE}}}link", {"rel": rel, "href": href} | ({"type": kind} if kind else {}))


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text)

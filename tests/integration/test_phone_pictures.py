"""HEIC, AVIF and animations from upload to the image page: as people with any browser meet them."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask

from tests.integration.conftest import Person
from tests.integration.support.hand_worker import HandWorker
from tests.integration.test_pages import Browser
from tests.unit.imaging.samples import animation, encoded, exif, opened, picture


def saved_as(url: str) -> str:
    """The name under which an address has its bytes saved."""
    (disposition,) = parse_qs(urlsplit(url).query)["response-content-disposition"]
    return disposition


@pytest.mark.parametrize(
    ("kind", "sent", "saved", "media_type"),
    [
        ("avif", "IMG_1.AVIF", "IMG_1.AVIF", "image/avif"),
        ("heic", "IMG_2.HEIC", "IMG_2.HEIC", "image/heic"),
        ("heic", "IMG_3.heif", "IMG_3.heif", "image/heic"),
        ("heic", "renamed.jpg", "renamed.heic", "image/heic"),
    ],
)
def test_a_phone_s_picture_is_published_bare_and_saved_under_its_name(
    person: Person, hands: HandWorker, kind: str, sent: str, saved: str, media_type: str
) -> None:
    data = encoded(picture(), kind, exif=exif(6))

    answer = person.post_image(data, sent)
    assert answer.status == 202
    assert hands.work() == ["published"]

    image = person.get(f"/images/{answer.json['id']}")
    original = requests.get(image["original_url"], timeout=10)
    assert (image["format"], image["width"], image["height"]) == (kind, 64, 96)
    assert original.headers["Content-Type"] == media_type
    assert saved in saved_as(image["original_url"])
    assert b"SECRET" in data
    assert b"SECRET" not in original.content
    assert opened(requests.get(image["preview_url"], timeout=10).content).format == "JPEG"


@pytest.mark.parametrize(("kind", "offers_jpeg"), [("heic", True), ("avif", False)])
def test_a_jpeg_stands_beside_what_few_browsers_show(
    app: Flask, person: Person, hands: HandWorker, kind: str, offers_jpeg: bool
) -> None:
    answer = person.post_image(encoded(picture(), kind), f"IMG_1.{kind}")
    assert hands.work() == ["published"]

    browser = Browser(app)
    assert browser.log_in(person.username).status_code == 303
    page = browser.get(f"/image/{answer.json['id']}")

    assert ("JPEG: 96 × 64" in page) is offers_jpeg
    assert ("IMG_1.jpg" in page) is offers_jpeg
    original = browser.client.get(f"/image/{answer.json['id']}/download").location or ""
    assert f"IMG_1.{kind}" in original


@pytest.mark.parametrize("kind", ["gif", "webp", "png"])
def test_an_animation_plays_on_its_page_where_motion_is_wanted(
    app: Flask, person: Person, hands: HandWorker, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    moving = person.post_image(animation(kind), f"wave.{kind}").json["id"]
    still = person.post_image(encoded(picture(), kind), f"sea.{kind}").json["id"]
    assert sorted(hands.work()) == ["published", "published"]
    browser = Browser(app)
    assert browser.log_in(person.username).status_code == 303

    page = browser.get(f"/image/{moving}")
    found = re.search(r'<source media="\(prefers-reduced-motion: no-preference\)" srcset="([^"]+)"', page)
    assert found
    assert opened(requests.get(unescape(found[1]), timeout=10).content).n_frames == 3  # type: ignore[attr-defined]  # of its plug-ins
    assert "play-still" in page
    page = browser.get(f"/image/{still}")
    assert "<source" not in page
    assert "Play the animation" not in page
    monkeypatch.setattr("web.views.image.MAX_PLAYED_BYTES", 1)
    page = browser.get(f"/image/{moving}")
    assert "<source" not in page
    assert "Play the animation" in page


@pytest.mark.parametrize("kind", ["avif", "heic"])
def test_half_a_picture_is_rejected_in_words(person: Person, hands: HandWorker, kind: str) -> None:
    data = encoded(picture(), kind)
    answer = person.post_image(data[: len(data) // 2], f"IMG_1.{kind}")
    assert answer.status == 202
    assert hands.work() == ["rejected"]
    assert person.get(f"/uploads/{answer.json['id']}")["reason"]["code"] == "truncated"

"""The promises of media addresses; that they open what they should is shown where each kind is at home."""

from urllib.parse import quote

import pytest

from shared.adapters.memory.media_urls import MemoryMediaUrls
from shared.ports.media_urls import MediaCookies, MediaUrls

KEY = "images/a b+ü~.jpg"


@pytest.fixture(
    params=[
        "memory",
        "memory with cookies",
        pytest.param("s3", marks=pytest.mark.slow),
        pytest.param("cloudfront", marks=pytest.mark.slow),
    ]
)
def media(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> MediaUrls:
    if request.param == "memory":
        return MemoryMediaUrls()
    if request.param == "memory with cookies":
        return MemoryMediaUrls(MediaCookies({"opens": "all"}, "example", 7200))
    from tests.support_aws import cloudfront_media, s3_media, use_cloud

    use_cloud("http://127.0.0.1:9", monkeypatch)
    return s3_media("a-bucket") if request.param == "s3" else cloudfront_media()


def test_every_address_is_on_the_origin_and_plain_ascii(media: MediaUrls) -> None:
    for address in (
        media.url(KEY),
        media.url(KEY, download_as="日本 語.jpg"),
        media.without_cookies().url(KEY),
    ):
        assert address.startswith(f"{media.origin}/")
        assert address.isascii()
        assert " " not in address
        assert quote("ü") in address
    assert media.without_cookies().origin == media.origin


def test_objects_and_downloads_have_addresses_of_their_own(media: MediaUrls) -> None:
    addresses = [
        media.url("a"),
        media.url("b"),
        media.url("a", download_as="x"),
        media.url("a", download_as="y"),
    ]
    assert len(set(addresses)) == 4


def test_where_there_are_cookies_their_absence_is_made_up_for(media: MediaUrls) -> None:
    bare = media.without_cookies()
    assert bare.cookies() is None
    if media.cookies() is None:
        assert bare.url(KEY) == media.url(KEY)
    else:
        assert bare.url(KEY).startswith(media.url(KEY) + "?")
        assert "&" in bare.url(KEY, download_as="x")

"""Media through CloudFront: what is signed is what botocore's own signer signs, and callers get their form of it."""

import json
from base64 import b64decode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.signers import CloudFrontSigner
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask, g

from shared.adapters.cloudfront_media import CloudFrontMediaUrls
from shared.bootstrap import web_parts
from shared.config import ConfigurationError, WebSettings, load
from shared.ports.media_urls import MediaUrls
from shared.ports.sessions import Tokens
from tests.unit.test_config import GOOD
from web.http import media as web_media
from web.http.parts import KEY

BASE = "https://media.photos.example.com"
KEY_ID = "K2JCJMDEHXQW5F"
NOW = datetime(2026, 3, 4, 5, 36, 7, tzinfo=UTC)
ENDS = int(datetime(2026, 3, 4, 7, tzinfo=UTC).timestamp())
PRIVATE = generate_private_key(SECP256R1())
PEM = PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
RSA_PEM = (
    generate_rsa_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
)
MEDIA_SETTINGS = {"MEDIA_BASE_URL": BASE, "MEDIA_KEY_PAIR_ID": KEY_ID, "MEDIA_PRIVATE_KEY": PEM}


def cloudfront(now: datetime = NOW) -> CloudFrontMediaUrls:
    return CloudFrontMediaUrls(BASE, KEY_ID, PEM, now=lambda: now)


def botocore_signer() -> Any:
    by_rfc_6979 = ECDSA(SHA256(), deterministic_signing=True)
    return CloudFrontSigner(KEY_ID, lambda message: PRIVATE.sign(message, by_rfc_6979))


def decoded(text: str) -> bytes:
    return b64decode(text.translate(str.maketrans("-_~", "+=/")), validate=True)


def test_a_browsers_addresses_are_plain_and_stay_for_ever() -> None:
    assert cloudfront().url("thumbnails/boat_1.webp") == f"{BASE}/thumbnails/boat_1.webp"
    assert cloudfront().origin == BASE


def test_a_download_has_its_name_in_the_one_parameter_that_the_edge_passes_on() -> None:
    address = cloudfront().url("images/boat.jpg", download_as="Bööt &c.jpg")
    query = parse_qs(urlsplit(address).query)
    assert list(query) == ["response-content-disposition"]
    assert query["response-content-disposition"][0].startswith('attachment; filename="B__t &c.jpg"')


def test_cookies_open_the_whole_distribution_until_the_second_full_hour() -> None:
    cookies = cloudfront().cookies()
    policy = decoded(cookies.values["CloudFront-Policy"])
    assert json.loads(policy) == {
        "Statement": [
            {"Resource": f"{BASE}/*", "Condition": {"DateLessThan": {"AWS:EpochTime": ENDS}}},
        ]
    }
    signature = decoded(cookies.values["CloudFront-Signature"])
    PRIVATE.public_key().verify(signature, policy, ECDSA(SHA256()))
    assert cookies.values["CloudFront-Key-Pair-Id"] == KEY_ID
    assert cookies.values["CloudFront-Hash-Algorithm"] == "SHA256"
    assert cookies.domain == "photos.example.com"


def test_cookies_stay_the_same_within_the_hour_and_no_longer() -> None:
    first = cloudfront(NOW.replace(minute=0)).cookies()
    assert cloudfront(NOW.replace(minute=59)).cookies() == first, "and so on every instance"
    assert cloudfront(NOW.replace(hour=6)).cookies() != first


@pytest.mark.parametrize("download_as", [None, "boat.jpg"])
def test_an_address_for_a_bearer_is_what_botocore_signs(download_as: str | None) -> None:
    ours = cloudfront().without_cookies().url("images/boat.jpg", download_as=download_as)
    plain = cloudfront().url("images/boat.jpg", download_as=download_as)
    theirs = botocore_signer().generate_presigned_url(plain, datetime.fromtimestamp(ENDS, UTC))
    assert ours == f"{theirs}&Hash-Algorithm=SHA256"
    assert cloudfront().without_cookies().cookies() is None


def test_the_adapter_is_chosen_by_settings_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    assert web_parts(load(WebSettings, GOOD)).media.cookies() is None
    chosen = web_parts(load(WebSettings, GOOD | MEDIA_SETTINGS))
    assert chosen.media.origin == BASE
    assert chosen.media.cookies() is not None


def test_a_key_may_come_on_one_line() -> None:
    settings = load(WebSettings, GOOD | MEDIA_SETTINGS | {"MEDIA_PRIVATE_KEY": PEM.replace("\n", "\\n")})
    assert settings.media_private_key is not None
    assert settings.media_private_key.get_secret_value() == PEM


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        (
            {"MEDIA_KEY_PAIR_ID": ""},
            "MEDIA_BASE_URL, MEDIA_KEY_PAIR_ID and MEDIA_PRIVATE_KEY belong together.",
        ),
        ({"MEDIA_PRIVATE_KEY": "sesame"}, "MEDIA_PRIVATE_KEY: must be a P-256 private key"),
        ({"MEDIA_PRIVATE_KEY": RSA_PEM}, "MEDIA_PRIVATE_KEY: must be a P-256 private key"),
        ({"MEDIA_BASE_URL": f"{BASE}/"}, "MEDIA_BASE_URL: "),
        ({"MEDIA_BASE_URL": "https://example.com"}, "MEDIA_BASE_URL: "),
        ({"MEDIA_BASE_URL": "http://media.example.com"}, "MEDIA_BASE_URL: "),
    ],
)
def test_what_can_not_work_stops_the_start(changed: dict[str, str], fault: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(WebSettings, GOOD | MEDIA_SETTINGS | changed)
    [only] = caught.value.faults
    assert only.startswith(fault)
    assert "sesame" not in str(caught.value)


@dataclass
class Wired:
    """As much of the web tier's parts as the cookies need."""

    media: MediaUrls
    settings: WebSettings


@pytest.fixture
def app() -> Flask:
    """Answers with one address, as seen by somebody, by nobody, or while logging out."""
    made = Flask("test")
    settings = load(WebSettings, GOOD)
    wired = made.extensions[KEY] = Wired(web_media.MediaForCaller(cloudfront()), settings)
    web_media.install(made)

    @made.get("/<who>")
    def answer(who: str) -> str:
        if who == "somebody":
            g.viewer = object()
        if who == "leaving":
            g.viewer, g.new_tokens = None, None
        if who == "entering":
            g.viewer, g.new_tokens = None, Tokens("a", None, 1)
        return wired.media.url("previews/x.webp")

    return made


def test_a_logged_in_browser_gets_the_cookies_once(app: Flask) -> None:
    client = app.test_client()
    first = client.get("/somebody", base_url="https://photos.example.com")
    set_now = first.headers.getlist("Set-Cookie")
    assert [line.split("=")[0] for line in set_now] == list(cloudfront().cookies().values)
    for line in set_now:
        for attribute in (
            "Secure",
            "HttpOnly",
            "SameSite=Lax",
            "Path=/",
            "Domain=photos.example.com",
            "Max-Age=7200",
        ):
            assert attribute in line
    assert first.text == f"{BASE}/previews/x.webp"
    again = client.get("/somebody", base_url="https://photos.example.com")
    assert again.headers.getlist("Set-Cookie") == []


@pytest.mark.parametrize("who", ["nobody", "entering"])
def test_who_is_not_logged_in_yet_gets_none(app: Flask, who: str) -> None:
    assert app.test_client().get(f"/{who}").headers.getlist("Set-Cookie") == []


def test_logging_out_takes_them_back(app: Flask) -> None:
    taken = app.test_client().get("/leaving", base_url="https://photos.example.com")
    lines = taken.headers.getlist("Set-Cookie")
    assert len(lines) == 4
    assert all("Max-Age=0" in line and "Domain=photos.example.com" in line for line in lines)


def test_a_bearer_gets_signed_addresses_and_no_cookies(app: Flask) -> None:
    answer = app.test_client().get("/somebody", headers={"Authorization": "Bearer x"})
    assert set(parse_qs(urlsplit(answer.text).query)) == {
        "Expires",
        "Signature",
        "Key-Pair-Id",
        "Hash-Algorithm",
    }
    assert answer.headers.getlist("Set-Cookie") == []

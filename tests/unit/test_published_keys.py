"""The pool's keys: read again once an hour, and kept while they can't be."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

from shared.adapters import cognito_keys
from shared.adapters.cognito_keys import PublishedKeys
from shared.ports.identity import IdentityUnavailable

pytestmark = pytest.mark.slow

PRIVATE = generate_private_key(65537, 2048)


def token(kid: str, key: RSAPrivateKey = PRIVATE) -> str:
    return jwt.encode({"sub": "x"}, key, algorithm="RS256", headers={"kid": kid})


class Pool:
    """Serves its keys, or 503."""

    def __init__(self) -> None:
        self.kids, self.asked, self.away, self.moved = ["first"], 0, False, False
        pool = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                pool.asked += 1
                if pool.moved:
                    self.send_response(302)
                    self.send_header("Location", "/elsewhere.json")
                    self.end_headers()
                    return
                self.send_response(503 if pool.away else 200)
                self.end_headers()
                self.wfile.write(json.dumps({"keys": [pool.key(kid) for kid in pool.kids]}).encode())

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def key(self, kid: str) -> dict[str, Any]:
        return RSAAlgorithm.to_jwk(PRIVATE.public_key(), as_dict=True) | {"kid": kid, "use": "sig"}


@pytest.fixture
def pool() -> Iterator[Pool]:
    made = Pool()
    yield made
    made.server.shutdown()
    made.server.server_close()


class Clock:
    """What time.monotonic says."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(time, "monotonic", made)
    return made


@pytest.fixture
def keys(pool: Pool) -> PublishedKeys:
    return PublishedKeys(f"http://127.0.0.1:{pool.server.server_port}/jwks.json")


def test_they_are_read_once_an_hour(pool: Pool, keys: PublishedKeys, clock: Clock) -> None:
    for _ in range(3):
        assert keys.get_signing_key_from_jwt(token("first")).key_id == "first"
    assert pool.asked == 1
    clock.now += cognito_keys.FRESH_SECONDS + 1
    keys.get_signing_key_from_jwt(token("first"))
    assert pool.asked == 2


def test_through_a_long_outage_those_of_before_are_used(
    pool: Pool, keys: PublishedKeys, clock: Clock
) -> None:
    keys.get_signing_key_from_jwt(token("first"))
    pool.away = True
    for _ in range(20):
        clock.now += cognito_keys.FRESH_SECONDS + 1
        assert keys.get_signing_key_from_jwt(token("first")).key_id == "first"
    clock.now += 5 * cognito_keys.FRESH_SECONDS
    with pytest.raises(IdentityUnavailable):
        keys.get_signing_key_from_jwt(token("first"))


def test_in_an_outage_strange_keys_are_looked_for_every_half_minute_alone(
    pool: Pool, keys: PublishedKeys, clock: Clock
) -> None:
    keys.get_signing_key_from_jwt(token("first"))
    pool.away = True
    clock.now += 60
    for number in range(10):
        with pytest.raises(jwt.PyJWTError):
            keys.get_signing_key_from_jwt(token(f"made up {number}"))
    assert pool.asked == 2


def test_a_new_key_is_found_once_it_is_published(pool: Pool, keys: PublishedKeys, clock: Clock) -> None:
    keys.get_signing_key_from_jwt(token("first"))
    pool.kids = ["second"]
    clock.now += 31
    assert keys.get_signing_key_from_jwt(token("second")).key_id == "second"


def test_keys_that_were_never_read_are_none(pool: Pool, keys: PublishedKeys) -> None:
    pool.away = True
    with pytest.raises(IdentityUnavailable):
        keys.get_signing_key_from_jwt(token("first"))
    pool.away = False
    assert keys.get_signing_key_from_jwt(token("first")).key_id == "first", "tried again at once"


def test_whether_the_provider_answers_is_asked_of_itself(pool: Pool, keys: PublishedKeys) -> None:
    keys.fetch()
    pool.away = True
    with pytest.raises(IdentityUnavailable):
        keys.fetch()


def test_a_redirect_is_not_followed(pool: Pool, keys: PublishedKeys) -> None:
    pool.moved = True
    with pytest.raises(IdentityUnavailable):
        keys.fetch()
    assert pool.asked == 1

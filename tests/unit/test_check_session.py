"""What the proxy is told of who asks, before it takes in a body."""

import json
from dataclasses import fields
from typing import Any
from unittest.mock import Mock
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from shared.config import WebSettings, load
from shared.parts import WebParts
from shared.ports.identity import IdentityRefused, IdentityUnavailable
from shared.ports.sessions import Tokens, Viewer
from tests.support_app import app_over
from tests.unit.test_config import GOOD
from web.http.sealing import seal

SOMEBODY = Viewer(UUID(int=1), "ann")
ENDED = IdentityRefused("invalid_token", "This session has ended. Log in again.")


class Sessions:
    """Knows one token that holds, and one that can be renewed."""

    def verify(self, token: str) -> Viewer:
        if token == "away":
            raise IdentityUnavailable("no keys")
        if token != "holds":
            raise ENDED
        return SOMEBODY

    def refresh(self, token: str) -> Tokens:
        if token != "renewable":
            raise ENDED
        return Tokens("holds", None, 3600)


@pytest.fixture
def wired() -> WebParts:
    others = {field.name: Mock() for field in fields(WebParts)} | {"settings": load(WebSettings, GOOD)}
    others["media"] = Mock(origin="https://media.example", cookies=Mock(return_value=None))
    return WebParts(**others | {"sessions": Sessions()})  # type: ignore[arg-type]


@pytest.fixture
def client(wired: WebParts) -> FlaskClient:
    return app_over(wired).test_client()


def sealed(client: FlaskClient, kind: str, token: str) -> str:
    """As the cookie carries it."""
    with client.application.app_context():
        return seal(f"{kind}_token", SOMEBODY.owner, UUID(int=2), token) if token else ""


def ask(client: FlaskClient, bearer: str = "", access: str = "", refresh: str = "") -> Any:
    for name, token in (("access", access), ("refresh", refresh)):
        if value := sealed(client, name, token):
            client.set_cookie(f"__Host-{name}_token", value, secure=True, domain="portal.example")
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    return client.get("/check-session", headers=headers, base_url="https://portal.example")


@pytest.mark.parametrize(
    "credentials",
    [{"bearer": "holds"}, {"access": "holds"}, {"access": "ended", "refresh": "renewable"}],
    ids=str,
)
def test_who_is_known_may_send(client: FlaskClient, credentials: dict[str, str]) -> None:
    assert ask(client, **credentials).status_code == 204


@pytest.mark.parametrize(
    "credentials",
    [{}, {"bearer": "junk"}, {"access": "junk"}, {"access": "ended", "refresh": "revoked"}],
    ids=str,
)
def test_a_stranger_may_not_and_the_proxy_gets_the_apis_own_answer(
    client: FlaskClient, credentials: dict[str, str]
) -> None:
    told = ask(client, **credentials)
    headers = {"Authorization": f"Bearer {credentials['bearer']}"} if "bearer" in credentials else {}
    own = client.post("/api/v1/images", headers=headers, base_url="https://portal.example")
    assert (told.status_code, own.status_code, told.text) == (401, 401, "")
    assert json.loads(told.headers["X-Problem"]) == own.json


def test_when_it_cannot_be_told_neither_is_said(client: FlaskClient) -> None:
    answer = ask(client, bearer="away")
    assert (answer.status_code, answer.text) == (503, "")


def test_neither_store_nor_queue_nor_database_is_asked(wired: WebParts, client: FlaskClient) -> None:
    ask(client, access="holds")
    asked = [name for name, part in vars(wired).items() if isinstance(part, Mock) and part.method_calls]
    assert set(asked) <= {"media"}, "which makes addresses, and asks nobody"

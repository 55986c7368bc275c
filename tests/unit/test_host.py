"""The portal is at one address, where the configuration names one: no link, and no receipt, says another."""

import base64
import json
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.contract.uploads import new_manifest, publish
from tests.support_memory import World

pytestmark = pytest.mark.slow

PUBLIC = "https://photos.example.com"
HERE, ELSEWHERE = {"Host": "photos.example.com"}, {"Host": "evil.example"}


def world_of(**settings: str) -> World:
    world = World(**settings)
    world.identity.sign_up("ann", "ann@example.com", "Correct-horse-1")
    world.identity.confirm("ann", world.identity.outbox[-1].code)
    return world


def ask(world: World, path: str, headers: dict[str, str], method: str = "GET") -> Any:
    return world.app.test_client().open(
        path, method=method, headers=world.token("ann") | headers, base_url="https://photos.example.com"
    )


@pytest.fixture
def world() -> World:
    return world_of(PUBLIC_URL=PUBLIC)


@pytest.mark.parametrize("path", ["/", "/login", "/api/v1/images", "/nowhere"])
@pytest.mark.parametrize(
    "host", ["evil.example", "photos.example.com.evil.example", "photos.example.com:8443", "127.0.0.1"]
)
def test_what_is_for_another_host_is_refused(world: World, path: str, host: str) -> None:
    answer = ask(world, path, {"Host": host})
    assert answer.status_code == 421
    assert host not in answer.text.replace(PUBLIC, "")
    assert "Location" not in answer.headers


@pytest.mark.parametrize("host", ["photos.example.com", "Photos.Example.COM", "photos.example.com:443"])
def test_its_own_host_is_answered_however_it_is_spelled(world: World, host: str) -> None:
    assert ask(world, "/licences", {"Host": host}).status_code == 200


@pytest.mark.parametrize("path", ["/check-status", "/readyz", "/metrics", "/static/css/base.css"])
def test_machines_ask_by_an_instances_address(world: World, path: str) -> None:
    with world.app.test_client().get(path, headers={"Host": "10.0.3.7"}) as answer:
        assert answer.status_code == 200


def issuer(world: World, headers: dict[str, str]) -> str:
    account = world.identity.find("ann")
    assert account is not None
    manifest = new_manifest("Boats", owner=account.owner)
    publish(world.worker.attempts, manifest)
    answer = ask(world, f"/api/v1/images/{manifest.upload_id}/downloads", headers, "POST")
    assert answer.status_code == 201, answer.text
    claims = answer.json["receipt"].split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(claims + "=="))["iss"])


def test_a_receipt_names_the_portal(world: World) -> None:
    assert issuer(world, HERE) == PUBLIC


def test_without_one_it_is_where_it_is_asked_for_and_says_so_at_the_start() -> None:
    world = world_of()
    assert issuer(world, ELSEWHERE) == "https://evil.example"
    with capture_logs() as lines:
        World(COOKIE_SECURE="true", TRUSTED_PROXIES="1")
    assert [line["event"] for line in lines if "PUBLIC_URL is not set" in line["event"]]


def test_its_page_leads_to_where_the_portal_is(world: World) -> None:
    assert f'<a class="btn" href="{PUBLIC}">Go to the start page</a>' in ask(world, "/login", ELSEWHERE).text


def test_who_asks_for_another_host_is_in_the_security_log(world: World) -> None:
    with capture_logs() as lines:
        ask(world, "/login", ELSEWHERE)
    assert [line["code"] for line in lines if line["event"] == "refused"] == ["wrong_host"]

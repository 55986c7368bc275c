"""Who guesses, or has mails sent, is made to wait; who doesn't is not."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.support_memory import PASSWORD, Browser, World

pytestmark = pytest.mark.slow

WRONG = "Wrong-horse-1"


def world_of(**settings: str) -> World:
    world = World(TRUSTED_PROXIES="1", **settings)
    for name in ("ann", "bob"):
        world.sign_up(name)
    return world


def post(world: World, path: str, body: dict[str, Any], address: str = "192.0.2.1") -> TestResponse:
    headers = {"X-Forwarded-For": address}
    return world.app.test_client().post(f"/api/v1{path}", json=body, headers=headers)


def log_in(world: World, name: str, password: str = WRONG, address: str = "192.0.2.1") -> int:
    return post(world, "/session", {"username": name, "password": password}, address).status_code


def test_after_ten_wrong_passwords_the_account_waits_for_that_address_alone() -> None:
    world = world_of()
    assert [log_in(world, "ann") for _ in range(10)] == [401] * 10
    refused = post(world, "/session", {"username": "ann", "password": PASSWORD})
    assert refused.status_code == 429, "the right one, too"
    assert (refused.json or {})["code"] == "too_many_requests"
    assert 800 < int(refused.headers["Retry-After"]) <= 900
    assert "Wait 15 minutes" in (refused.json or {})["detail"]
    assert log_in(world, "bob", PASSWORD) == 200
    assert log_in(world, "ann", PASSWORD, "192.0.2.2") == 200, "nobody is locked out by others"
    world.clock.advance(timedelta(minutes=15))
    assert log_in(world, "ann", PASSWORD) == 200


def test_however_a_name_is_spelled_it_is_one_account() -> None:
    world = world_of()
    answers = [log_in(world, name) for name in ("ann", "Ann", "ANN", " ann") for _ in range(4)]
    assert answers.count(429) == 6
    assert log_in(world, "bob") == 401


def test_a_whole_ipv6_network_is_one_address() -> None:
    world = world_of()
    assert [log_in(world, "ann", WRONG, f"2001:db8::{n}") for n in range(11)] == [401] * 10 + [429]
    assert log_in(world, "ann", PASSWORD, "2001:db8:0:1::1") == 200


def test_who_sprays_one_password_over_many_accounts_waits() -> None:
    world = world_of()
    answers = [log_in(world, f"person{number}") for number in range(60)]
    assert answers == [401] * 50 + [429] * 10
    assert log_in(world, "ann", PASSWORD) == 429
    assert log_in(world, "ann", PASSWORD, "2001:db8::2") == 200


def test_right_ones_are_never_counted() -> None:
    world = world_of()
    assert {log_in(world, "ann", PASSWORD) for _ in range(70)} == {200}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/confirm", {"username": "ann", "code": "000000"}, 400),
        ("/confirm", {"username": "new", "code": "000000"}, 400),
    ],
)
def test_codes_are_guessed_as_seldom(path: str, body: dict[str, str], status: int) -> None:
    world = world_of()
    post(world, "/signup", {"username": "new", "email": "new@example.com", "password": PASSWORD})
    answers = [post(world, path, body).status_code for _ in range(12)]
    assert answers == [status] * 10 + [429] * 2


def page(world: World, path: str, **form: str) -> TestResponse:
    return Browser(world).submit(path, path, **form)


@pytest.mark.parametrize(
    "ask",
    [
        lambda world: page(world, "/forgot", username="ann"),
        lambda world: page(world, "/signup", username="carl", email="ann@example.com", password=PASSWORD),
    ],
    ids=["reset", "sign-up"],
)
def test_one_mailbox_gets_five_mails_an_hour(ask: Callable[[World], TestResponse]) -> None:
    world = World()
    world.sign_up("ann")
    for _ in range(8):
        answer = ask(world)
    assert answer.status_code == 429
    assert "Too many tries. Wait 60 minutes before the next one." in answer.text
    sent = len(world.identity.outbox)
    world.clock.advance(timedelta(hours=1))
    assert ask(world).status_code != 429
    assert sent <= 7


def test_one_address_signs_up_a_hundred_people_an_hour() -> None:
    world = world_of()
    answers = [
        post(
            world,
            "/signup",
            {"username": f"person{n}", "email": f"person{n}@example.com", "password": PASSWORD},
        ).status_code
        for n in range(103)
    ]
    assert answers == [201] * 100 + [429] * 3


def test_who_asks_after_passkeys_waits_as_well() -> None:
    world = world_of(PASSKEYS="true")
    browser, asks = Browser(world), [("ann", 400)] * 10 + [("ann", 429), ("bob", 400)]
    for name, status in asks:
        assert browser.submit("/login", "/login/passkey", username=name).status_code == status
    assert Browser(world).submit("/login", "/login", username="ann", password=PASSWORD).status_code == 429


def test_mails_to_a_new_address_are_counted_for_its_mailbox() -> None:
    world = world_of()
    headers = world.token("ann")
    body = {"email": "victim@example.com", "password": PASSWORD}
    client = world.app.test_client()
    answers = [client.put("/api/v1/account/email", json=body, headers=headers).status_code for _ in range(7)]
    assert answers[5:] == [429, 429], answers
    assert len([mail for mail in world.identity.outbox if mail.address == "victim@example.com"]) == 5


def test_the_code_that_went_there_is_guessed_as_seldom() -> None:
    world = world_of()
    headers, client = world.token("ann"), world.app.test_client()
    client.put(
        "/api/v1/account/email", json={"email": "new@example.com", "password": PASSWORD}, headers=headers
    )
    path, body = "/api/v1/account/email/confirm", {"code": "000000"}
    answers = [client.post(path, json=body, headers=headers).status_code for _ in range(11)]
    assert answers == [400] * 10 + [429]


def test_it_is_by_configuration() -> None:
    world = world_of(LIMIT_FAILURES="0", LIMIT_SIGN_UPS="0")
    assert {log_in(world, "ann") for _ in range(60)} == {401}
    few = world_of(LIMIT_FAILURES="5")
    assert [log_in(few, "ann") for _ in range(2)] == [401, 429]


def test_while_nothing_can_be_counted_nobody_waits() -> None:
    world = world_of(LIMIT_FAILURES="5")
    log_in(world, "ann")
    assert log_in(world, "ann", PASSWORD) == 429
    world.database.away = True
    assert log_in(world, "ann", PASSWORD) == 200


def test_a_password_that_is_asked_for_again_is_guessed_as_seldom() -> None:
    world = World(LIMIT_FAILURES="5")
    ann = world.sign_up("ann")
    form = {"old_password": WRONG, "new_password": "Another-horse-2"}
    assert [ann.submit("/account", "/account/password", **form).status_code for _ in range(2)] == [422, 429]

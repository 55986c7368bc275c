"""The promises of passkeys: made once, used by their owner's name, and worth nothing once removed."""

import json

import pytest

from shared.ports.identity import IdentityRefused
from shared.ports.passkeys import MOST_PASSKEYS, TOO_MANY_PASSKEYS
from tests.contract.sides import PoolSide
from tests.contract.test_identity import PASSWORD, refusal, user
from tests.contract.test_second_step import code
from tests.support_authenticator import Authenticator

A_SESSION = "x" * 40


def with_passkey(pool: PoolSide) -> tuple[str, str, Authenticator]:
    """A user's name, an access token, and what holds their passkey."""
    name, device = user(pool), Authenticator()
    token = pool.sessions.log_in(name, PASSWORD).access
    pool.passkeys.confirm(token, device.create(pool.passkeys.begin(token)))
    return name, token, device


def test_a_passkey_opens_a_session_of_its_owner(strict_pool: PoolSide) -> None:
    name, token, device = with_passkey(strict_pool)
    [passkey] = strict_pool.passkeys.all(token)
    assert passkey.name
    for _ in range(2):
        asked = strict_pool.passkeys.ask(name)
        tokens = strict_pool.passkeys.answer(name, asked.session, device.get(asked.options))
        assert strict_pool.sessions.verify(tokens.access).username == name
        assert tokens.refresh


def test_an_offer_is_good_once_and_what_is_not_an_answer_to_it_is_refused(strict_pool: PoolSide) -> None:
    name, device = user(strict_pool), Authenticator()
    token = strict_pool.sessions.log_in(name, PASSWORD).access
    passkeys = strict_pool.passkeys
    assert refusal(passkeys.confirm, token, "{}") in ("login_expired", "passkey_refused")
    old, new = passkeys.begin(token), passkeys.begin(token)
    assert refusal(passkeys.confirm, token, device.create(old)) == "passkey_refused"
    assert refusal(passkeys.confirm, token, device.create(new)) == "login_expired", "that one was used up"
    for nonsense in ("", "[]", "{", "null", '{"id": 1}', "[" * 100_000):
        passkeys.begin(token)
        assert refusal(passkeys.confirm, token, nonsense) in ("passkey_refused", "login_expired")
    assert passkeys.all(token) == []


def test_a_log_in_is_answered_once_by_its_own_passkey_alone(strict_pool: PoolSide) -> None:
    name, _, device = with_passkey(strict_pool)
    other, _, others = with_passkey(strict_pool)
    passkeys = strict_pool.passkeys
    asked = passkeys.ask(name)
    answer = device.get(asked.options)
    assert refusal(passkeys.answer, other, asked.session, answer) == "login_expired"
    asked = passkeys.ask(name)
    assert (
        refusal(passkeys.answer, name, asked.session, device.get(passkeys.ask(name).options))
        == "passkey_refused"
    )
    asked = passkeys.ask(name)
    theirs = json.loads(others.get(passkeys.ask(other).options))
    assert refusal(passkeys.answer, name, asked.session, json.dumps(theirs)) == "passkey_refused"
    asked = passkeys.ask(name)
    assert passkeys.answer(name, asked.session, device.get(asked.options)).access
    assert refusal(passkeys.answer, name, asked.session, device.get(asked.options)) == "login_expired"
    assert refusal(passkeys.answer, name, A_SESSION, answer) == "login_expired"


def test_who_has_none_is_told_so_as_is_whom_nobody_knows(strict_pool: PoolSide) -> None:
    name = user(strict_pool)
    assert refusal(strict_pool.passkeys.ask, name) == "no_passkey"
    assert refusal(strict_pool.passkeys.ask, "nobody.here") == "no_passkey"


def test_a_removed_one_opens_nothing(strict_pool: PoolSide) -> None:
    name, token, device = with_passkey(strict_pool)
    passkeys = strict_pool.passkeys
    waiting = passkeys.ask(name)
    [passkey] = passkeys.all(token)
    for _ in range(2):
        passkeys.remove(token, passkey.id)
    assert passkeys.all(token) == []
    assert refusal(passkeys.answer, name, waiting.session, device.get(waiting.options)) == "passkey_refused"
    assert refusal(passkeys.ask, name) == "no_passkey"


def test_nobody_removes_another_persons(strict_pool: PoolSide) -> None:
    _, token, _ = with_passkey(strict_pool)
    _, others, _ = with_passkey(strict_pool)
    [passkey] = strict_pool.passkeys.all(token)
    strict_pool.passkeys.remove(others, passkey.id)
    assert strict_pool.passkeys.all(token) == [passkey]


def test_who_has_an_authenticator_app_logs_in_with_it(strict_pool: PoolSide) -> None:
    name, token, _ = with_passkey(strict_pool)
    secret = strict_pool.second_step.begin(token)
    strict_pool.second_step.confirm(token, code(secret))
    assert refusal(strict_pool.passkeys.ask, name) == "no_passkey"


def test_a_token_that_is_none_is_refused(strict_pool: PoolSide) -> None:
    passkeys = strict_pool.passkeys
    for call in (passkeys.all, passkeys.begin):
        assert refusal(call, "nonsense") == "invalid_token"
    assert refusal(passkeys.confirm, "nonsense", "{}") == "invalid_token"


def test_an_account_has_so_many_and_no_more(strict_pool: PoolSide) -> None:
    _, token, device = with_passkey(strict_pool)
    passkeys = strict_pool.passkeys
    for _ in range(MOST_PASSKEYS - 1):
        passkeys.confirm(token, device.create(passkeys.begin(token)))
    with pytest.raises(IdentityRefused) as caught:
        passkeys.begin(token)
    assert (caught.value.code, caught.value.detail) == ("passkey_refused", TOO_MANY_PASSKEYS)
    passkeys.remove(token, passkeys.all(token)[0].id)
    assert passkeys.begin(token)

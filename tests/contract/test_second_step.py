"""The promises of the second step of a log-in. Codes of the step before, of now and of the one after are right."""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest

from shared.adapters.memory.second_step import STEP_SECONDS, code_at
from shared.ports.identity import WRONG_APP_CODE, CodeNeeded, IdentityRefused
from tests.contract.sides import PoolSide
from tests.contract.test_identity import PASSWORD, refusal, user

A_SESSION = "x" * 40


def code(secret: str, step: int = 0) -> str:
    return code_at(secret, datetime.now(UTC) + timedelta(seconds=step * STEP_SECONDS))


def early_in_a_step() -> None:
    """Wait, if a step is about to end: the code of the one before must still be right when it arrives."""
    left = STEP_SECONDS - time.time() % STEP_SECONDS
    if left < 10:
        time.sleep(left)


def wrong(secret: str) -> str:
    """Six digits that no step has."""
    right = {code(secret, step) for step in (-2, -1, 0, 1, 2)}
    return next(c for c in ("000000", "111111", "222222", "333333", "444444", "555555") if c not in right)


def with_app(pool: PoolSide) -> tuple[str, str]:
    """A user's name and secret; the code of now is used."""
    name = user(pool)
    token = pool.sessions.log_in(name, PASSWORD).access
    secret = pool.second_step.begin(token)
    pool.second_step.confirm(token, code(secret))
    return name, secret


def challenge(pool: PoolSide, name: str) -> str:
    with pytest.raises(CodeNeeded) as asked:
        pool.sessions.log_in(name, PASSWORD)
    return asked.value.session


def test_a_secret_counts_once_a_code_of_it_was_typed(strict_pool: PoolSide) -> None:
    name = user(strict_pool)
    token = strict_pool.sessions.log_in(name, PASSWORD).access
    step = strict_pool.second_step
    assert not step.is_on(token)
    secret = step.begin(token)
    assert re.fullmatch("[A-Z2-7]{32,}", secret)
    assert not step.is_on(token)
    assert strict_pool.sessions.log_in(name, PASSWORD).access, "no code is asked for yet"
    for given in (wrong(secret), "", "12345", "1234567", "abcdef"):
        with pytest.raises(IdentityRefused) as caught:
            step.confirm(token, given)
        assert (caught.value.code, caught.value.detail) == ("code_mismatch", WRONG_APP_CODE)
    assert not step.is_on(token)
    step.confirm(token, code(secret))
    assert step.is_on(token)
    assert challenge(strict_pool, name)


def test_log_in_asks_for_the_code_after_the_right_password_alone(strict_pool: PoolSide) -> None:
    name, secret = with_app(strict_pool)
    assert refusal(strict_pool.sessions.log_in, name, "Wrong-horse-1") == "bad_credentials"
    session = challenge(strict_pool, name)
    assert refusal(strict_pool.sessions.answer, name, session, wrong(secret)) == "code_mismatch"
    assert refusal(strict_pool.sessions.answer, name, session, "") == "code_mismatch"
    tokens = strict_pool.sessions.answer(name, session, code(secret, 1))
    assert strict_pool.sessions.verify(tokens.access).username == name
    assert tokens.refresh
    assert strict_pool.sessions.refresh(tokens.refresh).access, "renewing asks for no code"


def test_neither_code_nor_session_is_good_twice(strict_pool: PoolSide) -> None:
    name, secret = with_app(strict_pool)
    session = challenge(strict_pool, name)
    assert refusal(strict_pool.sessions.answer, name, session, code(secret)) == "code_used"
    given = code(secret, 1)
    strict_pool.sessions.answer(name, session, given)
    assert refusal(strict_pool.sessions.answer, name, session, given) == "login_expired"
    assert refusal(strict_pool.sessions.answer, name, challenge(strict_pool, name), given) == "code_used"


def test_a_session_is_one_persons(strict_pool: PoolSide) -> None:
    name, secret = with_app(strict_pool)
    other, others = with_app(strict_pool)
    session = challenge(strict_pool, name)
    assert refusal(strict_pool.sessions.answer, other, session, code(others, 1)) == "login_expired"
    for made_up in ("", "x", A_SESSION, "x" * 5000):
        assert refusal(strict_pool.sessions.answer, name, made_up, code(secret, 1)) == "login_expired"
    assert strict_pool.sessions.answer(name, session, code(secret, 1)).access


def test_guessing_comes_to_an_end(strict_pool: PoolSide) -> None:
    name, secret = with_app(strict_pool)
    session = challenge(strict_pool, name)
    for _ in range(5):
        assert refusal(strict_pool.sessions.answer, name, session, wrong(secret)) == "code_mismatch"
    assert refusal(strict_pool.sessions.answer, name, session, code(secret, 1)) == "too_many_requests"


def test_a_new_app_takes_the_place_of_the_old_one_once_confirmed(strict_pool: PoolSide) -> None:
    early_in_a_step()
    name, old = with_app(strict_pool)
    token = strict_pool.sessions.answer(name, challenge(strict_pool, name), code(old, 1)).access
    new = strict_pool.second_step.begin(token)
    assert strict_pool.second_step.is_on(token)
    strict_pool.second_step.confirm(token, code(new, -1))  # the others are used
    session = challenge(strict_pool, name)
    assert refusal(strict_pool.sessions.answer, name, session, wrong(new)) == "code_mismatch"


def test_switched_off_the_password_is_enough(strict_pool: PoolSide) -> None:
    name, secret = with_app(strict_pool)
    token = strict_pool.sessions.answer(name, challenge(strict_pool, name), code(secret, 1)).access
    for _ in range(2):
        strict_pool.second_step.switch_off(token)
        assert not strict_pool.second_step.is_on(token)
    assert strict_pool.sessions.log_in(name, PASSWORD).access


def test_a_new_password_leaves_the_app_as_it_is(strict_pool: PoolSide) -> None:
    name, secret = with_app(strict_pool)
    strict_pool.accounts.forgot(name)
    strict_pool.accounts.reset(name, strict_pool.reset_code(name), "Another-horse-2")
    with pytest.raises(CodeNeeded) as asked:
        strict_pool.sessions.log_in(name, "Another-horse-2")
    assert strict_pool.sessions.answer(name, asked.value.session, code(secret, 1)).access


@pytest.mark.parametrize("token", ["x", "a.b.c"])
def test_a_bad_token_is_told_nothing(strict_pool: PoolSide, token: str) -> None:
    step = strict_pool.second_step
    for refused in (
        refusal(step.is_on, token),
        refusal(step.begin, token),
        refusal(step.confirm, token, "123456"),
        refusal(step.switch_off, token),
    ):
        assert refused == "invalid_token"


def test_the_sessions_of_a_name_are_ended_without_its_token(strict_pool: PoolSide) -> None:
    name, other = user(strict_pool), user(strict_pool)
    tokens, others = (strict_pool.sessions.log_in(each, PASSWORD) for each in (name, other))
    since = strict_pool.sessions.verify(tokens.access).since
    moment = strict_pool.accounts.end_sessions_of(name)
    assert (since <= moment, moment.microsecond) == (True, 0)
    assert refusal(strict_pool.sessions.refresh, tokens.refresh) == "bad_credentials"
    assert others.refresh
    assert strict_pool.sessions.refresh(others.refresh).access

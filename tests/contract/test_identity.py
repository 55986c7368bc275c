"""The promises of accounts and sessions."""

import uuid
from functools import partial
from typing import Any

import pytest

from shared.ports.identity import WRONG_MAILED_CODE, IdentityRefused
from tests.contract.sides import PoolSide

PASSWORD = "Correct-horse-1"


def new_name() -> str:
    return f"u{uuid.uuid4().hex[:10]}"


def user(pool: PoolSide) -> str:
    """A confirmed user's name."""
    name = new_name()
    pool.accounts.sign_up(name, f"{name}@example.com", PASSWORD)
    pool.accounts.confirm(name, pool.code(name))
    return name


def refusal(call: Any, *args: Any) -> str:
    with pytest.raises(IdentityRefused) as caught:
        call(*args)
    return caught.value.code


def test_sign_up_confirm_log_in_and_know_who_asks(pool: PoolSide) -> None:
    name = user(pool)
    tokens = pool.sessions.log_in(name, PASSWORD)
    viewer = pool.sessions.verify(tokens.access)
    assert viewer.username == name
    assert not viewer.is_operator
    assert tokens.expires_in_seconds > 0
    account = pool.accounts.find(name)
    assert account is not None
    assert (account.username, account.owner) == (name, viewer.owner)
    assert pool.accounts.email_of(name) == f"{name}@example.com"
    pool.sessions.check()


def test_username_unique(pool: PoolSide) -> None:
    name = user(pool)
    assert refusal(pool.accounts.sign_up, name, "other@example.com", PASSWORD) == "username_taken"


def test_no_log_in_before_verification(pool: PoolSide) -> None:
    name = new_name()
    pool.accounts.sign_up(name, f"{name}@example.com", PASSWORD)
    assert refusal(pool.sessions.log_in, name, PASSWORD) == "not_confirmed"
    assert pool.accounts.find(name) is None
    assert pool.accounts.email_of(name) == ""


def test_who_is_not_there_is_not_found(pool: PoolSide) -> None:
    assert pool.accounts.find("nobody-here") is None
    assert pool.accounts.email_of("nobody-here") == ""


def test_where_the_code_went_is_told_without_the_address(pool: PoolSide) -> None:
    name = new_name()
    sent_to = pool.accounts.sign_up(name, f"{name}@example.com", PASSWORD)
    assert "*" in sent_to
    assert name not in sent_to


def test_a_wrong_code_is_refused_and_the_right_one_still_works(strict_pool: PoolSide) -> None:
    name = new_name()
    strict_pool.accounts.sign_up(name, f"{name}@example.com", PASSWORD)
    assert refusal(strict_pool.accounts.confirm, name, "000000") == "code_mismatch"
    strict_pool.accounts.confirm(name, strict_pool.code(name))


def test_a_mailed_code_does_not_tell_who_has_an_account(strict_pool: PoolSide) -> None:
    waits, confirmed = new_name(), new_name()
    for name in (waits, confirmed):
        strict_pool.accounts.sign_up(name, f"{name}@example.com", PASSWORD)
    strict_pool.accounts.confirm(confirmed, strict_pool.code(confirmed))
    told = set()
    for name in (waits, confirmed, "nobody-here"):
        for act in (strict_pool.accounts.confirm, partial(_reset, strict_pool)):
            with pytest.raises(IdentityRefused) as caught:
                act(name, "000000")
            told.add((caught.value.code, caught.value.detail))
    assert told == {("code_mismatch", WRONG_MAILED_CODE)}


def _reset(pool: PoolSide, name: str, code: str) -> None:
    pool.accounts.reset(name, code, PASSWORD)


def test_a_new_code_can_be_asked_for_and_tells_nothing_about_strangers(strict_pool: PoolSide) -> None:
    name = new_name()
    strict_pool.accounts.sign_up(name, f"{name}@example.com", PASSWORD)
    strict_pool.accounts.resend_code(name)
    strict_pool.accounts.resend_code("nobody-here")
    strict_pool.accounts.forgot("nobody-here")
    strict_pool.accounts.confirm(name, strict_pool.code(name))


@pytest.mark.parametrize("password", ["Short-123", "x"])
def test_a_weak_password_is_refused_with_the_rule(strict_pool: PoolSide, password: str) -> None:
    with pytest.raises(IdentityRefused) as caught:
        strict_pool.accounts.sign_up(new_name(), "a@example.com", password)
    assert caught.value.code == "weak_password"
    assert "10 characters" in caught.value.detail


def test_a_wrong_password_and_a_wrong_name_read_the_same(strict_pool: PoolSide) -> None:
    name = user(strict_pool)
    assert refusal(strict_pool.sessions.log_in, name, "Wrong-horse-1") == "bad_credentials"
    assert refusal(strict_pool.sessions.log_in, "nobody-here", PASSWORD) == "bad_credentials"


def test_a_forgotten_password_is_replaced(strict_pool: PoolSide) -> None:
    name = user(strict_pool)
    strict_pool.accounts.forgot(name)
    assert refusal(strict_pool.accounts.reset, name, "000000", "Another-horse-2") == "code_mismatch"
    strict_pool.accounts.reset(name, strict_pool.reset_code(name), "Another-horse-2")
    assert refusal(strict_pool.sessions.log_in, name, PASSWORD) == "bad_credentials"
    assert strict_pool.sessions.log_in(name, "Another-horse-2").access


def test_a_session_is_renewed_and_then_revoked(strict_pool: PoolSide) -> None:
    tokens = strict_pool.sessions.log_in(user(strict_pool), PASSWORD)
    assert tokens.refresh
    renewed = strict_pool.sessions.refresh(tokens.refresh)
    assert strict_pool.sessions.verify(renewed.access) == strict_pool.sessions.verify(tokens.access)
    strict_pool.sessions.revoke(tokens.refresh)
    assert refusal(strict_pool.sessions.refresh, tokens.refresh) == "bad_credentials"
    viewer = strict_pool.sessions.verify(tokens.access)
    assert viewer.username, "access tokens are verified without asking anybody"


def test_operators_are_known_by_their_group(pool: PoolSide) -> None:
    name = user(pool)
    pool.make_operator(name)
    assert pool.accounts.groups(name) == {"operators"}
    assert pool.sessions.verify(pool.sessions.log_in(name, PASSWORD).access).is_operator


def test_who_is_in_no_group_or_not_there_has_none(pool: PoolSide) -> None:
    assert pool.accounts.groups(user(pool)) == frozenset()
    for name in ("nobody-here", "", "a b"):
        assert pool.accounts.groups(name) == frozenset()


@pytest.mark.parametrize("token", ["", "x", "a.b.c"])
def test_what_is_no_token_is_refused(pool: PoolSide, token: str) -> None:
    assert refusal(pool.sessions.verify, token) == "invalid_token"


def test_a_password_is_changed_by_who_knows_the_old_one(strict_pool: PoolSide) -> None:
    name = user(strict_pool)
    token = strict_pool.sessions.log_in(name, PASSWORD).access
    own = strict_pool.own_account
    assert refusal(own.change_password, token, "Wrong-horse-1", "Another-horse-2") == "bad_credentials"
    assert refusal(own.change_password, token, PASSWORD, "short") == "weak_password"
    own.change_password(token, PASSWORD, "Another-horse-2")
    assert refusal(strict_pool.sessions.log_in, name, PASSWORD) == "bad_credentials"
    assert strict_pool.sessions.log_in(name, "Another-horse-2").access


def test_ending_sessions_ends_all_of_the_account_and_tells_when(strict_pool: PoolSide) -> None:
    name, other = user(strict_pool), user(strict_pool)
    first, second = (strict_pool.sessions.log_in(name, PASSWORD) for _ in range(2))
    others = strict_pool.sessions.log_in(other, PASSWORD)
    since = strict_pool.sessions.verify(first.access).since
    moment = strict_pool.own_account.end_sessions(second.access)
    assert since <= moment
    assert moment.microsecond == 0
    for tokens in (first, second):
        assert refusal(strict_pool.sessions.refresh, tokens.refresh) == "bad_credentials"
    assert others.refresh
    assert strict_pool.sessions.refresh(others.refresh).access
    assert strict_pool.sessions.verify(strict_pool.sessions.log_in(name, PASSWORD).access).since >= since


def test_a_removed_account_is_gone_and_its_name_free_for_somebody_else(strict_pool: PoolSide) -> None:
    name, other = user(strict_pool), user(strict_pool)
    tokens = strict_pool.sessions.log_in(name, PASSWORD)
    owner = strict_pool.sessions.verify(tokens.access).owner
    for _ in range(2):
        strict_pool.removal.remove(name, owner)
    assert refusal(strict_pool.sessions.log_in, name, PASSWORD) == "bad_credentials"
    assert strict_pool.accounts.find(name) is None
    assert strict_pool.accounts.find(other) is not None
    # When somebody else takes the name
    strict_pool.accounts.sign_up(name, f"{name}@example.com", PASSWORD)
    strict_pool.accounts.confirm(name, strict_pool.code(name))
    # Then a repeated removal leaves them alone
    strict_pool.removal.remove(name, owner)
    found = strict_pool.accounts.find(name)
    assert found is not None
    assert found.owner != owner


def test_a_new_address_counts_once_its_code_is_typed(strict_pool: PoolSide) -> None:
    name, own = user(strict_pool), strict_pool.own_account
    token, old, new = (
        strict_pool.sessions.log_in(name, PASSWORD).access,
        f"{name}@example.com",
        "n@example.org",
    )
    sent_to = own.change_email(token, new)
    assert "*" in sent_to
    assert new not in sent_to
    assert own.email(token) == old
    assert refusal(own.confirm_email, token, "000000") == "code_mismatch"
    assert own.email(token) == old
    own.change_email(token, new)
    own.confirm_email(token, strict_pool.email_code(name))
    assert own.email(token) == strict_pool.accounts.email_of(name) == new
    assert refusal(own.confirm_email, token, "123456") in ("code_mismatch", "code_expired")
    assert own.email(token) == new
    assert strict_pool.sessions.log_in(name, PASSWORD).access


def test_an_address_is_changed_by_a_token_of_the_account_alone(strict_pool: PoolSide) -> None:
    own = strict_pool.own_account
    for call, *more in ((own.email,), (own.change_email, "n@example.org"), (own.confirm_email, "123456")):
        assert refusal(call, "no.such.token", *more) == "invalid_token"

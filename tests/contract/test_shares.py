"""The promises of links for people without an account."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

from shared.domain.ids import new_upload_id
from shared.domain.shares import MAX_TRIES, TOKEN, TRIES_REST, Kind, NewShare, NewTerms, Share, new_token
from tests.contract.sides import Records
from tests.contract.uploads import ANN

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


def wanted(
    owner: UUID = ANN, lifetime: timedelta | None = None, password_hash: str | None = None
) -> NewShare:
    return NewShare(new_upload_id(), new_token(), Kind.IMAGE, uuid4(), owner, "ann", lifetime, password_hash)


def made(records: Records, new: NewShare) -> Share:
    share = records.shares.add(new)
    assert share is not None
    return share


def now(records: Records, share: Share) -> Share:
    found = records.shares.find(share.id)
    assert found is not None
    return found


def test_a_token_is_long_and_no_two_are_the_same() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(TOKEN.fullmatch(token) for token in tokens)


def test_a_link_is_found_by_its_token_alone(records: Records) -> None:
    new = wanted(lifetime=HOUR, password_hash="scrypt:x")
    share = made(records, new)
    assert (share.kind, share.target, share.owner, share.username) == (Kind.IMAGE, new.target, ANN, "ann")
    assert (share.password_hash, share.views, share.ended, share.locked_for) == ("scrypt:x", 0, False, None)
    assert share.expires_at == share.created_at + HOUR
    assert records.shares.by_token(new.token) == share
    assert records.shares.by_token(new.token.swapcase()) is None
    assert records.shares.by_token(new.token[:-1]) is None
    assert records.shares.find(uuid4()) is None


def test_asking_twice_makes_one_link_and_nobody_gets_anothers(records: Records) -> None:
    new = wanted()
    share = made(records, new)
    again = replace(new, token=new_token(), password_hash="other")
    assert records.shares.add(again) == share
    assert records.shares.add(replace(again, owner=uuid4())) is None
    assert [s.id for s in records.shares.of_owner(ANN, None, 10)] == [share.id]


def test_lists_are_newest_first_and_each_owners_own(records: Records) -> None:
    first, second, profile = (made(records, wanted()) for _ in range(3))
    made(records, wanted(uuid4()))
    assert [s.id for s in records.shares.of_owner(ANN, None, 2)] == [profile.id, second.id]
    assert [s.id for s in records.shares.of_owner(ANN, second.id, 2)] == [first.id]
    assert records.shares.of_target(ANN, Kind.IMAGE, first.target) == [first]
    assert records.shares.of_target(ANN, Kind.PROFILE, first.target) == []
    assert records.shares.of_target(uuid4(), Kind.IMAGE, first.target) == []


def test_it_expires_by_the_databases_clock_and_may_be_good_again(records: Records) -> None:
    share, lasting = made(records, wanted(lifetime=HOUR)), made(records, wanted())
    records.pass_time(HOUR - 10 * SECOND)
    assert not now(records, share).ended
    records.pass_time(10 * SECOND)
    assert now(records, share).ended
    assert not now(records, lasting).ended
    again = records.shares.change(share.id, ANN, NewTerms(lifetime=HOUR))
    assert again is not None
    assert not again.ended
    endless = records.shares.change(share.id, ANN, NewTerms(lifetime=None))
    assert endless is not None
    assert endless.expires_at is None


def test_terms_that_are_kept_stay(records: Records) -> None:
    share = made(records, wanted(lifetime=HOUR, password_hash="one"))
    other = records.shares.change(share.id, ANN, NewTerms(password_hash="two"))
    assert other == replace(share, password_hash="two")
    assert records.shares.change(share.id, ANN, NewTerms()) == other
    open_now = records.shares.change(share.id, ANN, NewTerms(password_hash=None))
    assert open_now == replace(share, password_hash=None)
    assert records.shares.change(share.id, uuid4(), NewTerms(password_hash="theirs")) is None
    assert now(records, share) == open_now


def test_what_is_revoked_stays_so(records: Records) -> None:
    share = made(records, wanted())
    assert not records.shares.revoke(share.id, uuid4())
    assert not records.shares.revoke(uuid4(), ANN)
    assert not now(records, share).ended
    assert records.shares.revoke(share.id, ANN)
    first = now(records, share).revoked_at
    assert first is not None
    assert records.shares.revoke(share.id, ANN)
    assert now(records, share).revoked_at == first
    told = records.shares.change(share.id, ANN, NewTerms(lifetime=HOUR, password_hash="x"))
    assert told == now(records, share)
    assert (told.expires_at, told.password_hash, told.ended) == (None, None, True)


def test_views_are_counted_by_many_at_once(records: Records) -> None:
    share = made(records, wanted())
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(records.shares.count_view, [share.id] * 20))
    assert now(records, share).views == 20


def test_of_many_tries_at_once_ten_are_let_through(records: Records) -> None:
    share = made(records, wanted(password_hash="x"))
    with ThreadPoolExecutor(4) as threads:
        waits = list(threads.map(records.shares.begin_try, [share.id] * 25))
    assert waits.count(None) == MAX_TRIES
    assert all(TRIES_REST - HOUR < wait <= TRIES_REST for wait in waits if wait is not None)
    locked = now(records, share).locked_for
    assert locked is not None
    assert timedelta() < locked <= TRIES_REST


def test_after_a_rest_or_the_right_one_tries_begin_anew(records: Records) -> None:
    share = made(records, wanted(password_hash="x"))
    for _ in range(MAX_TRIES):
        assert records.shares.begin_try(share.id) is None
    assert records.shares.begin_try(share.id) is not None
    records.pass_time(TRIES_REST)
    assert now(records, share).locked_for is None
    for _ in range(MAX_TRIES - 1):
        assert records.shares.begin_try(share.id) is None
    records.shares.end_tries(share.id)
    for _ in range(MAX_TRIES):
        assert records.shares.begin_try(share.id) is None
    assert records.shares.begin_try(share.id) is not None
    assert records.shares.change(share.id, ANN, NewTerms(password_hash="new"))
    assert records.shares.begin_try(share.id) is None, "a new password has tries of its own"

"""The promises of what the portal keeps of sessions."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from shared.ports.session_records import Ends
from tests.contract.sides import Records

MOMENT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
NOTHING = Ends(None, False)


def test_sessions_that_go_on_are_listed_the_last_seen_first(records: Records) -> None:
    owner, first, second = uuid4(), uuid4(), uuid4()
    kept = records.session_records
    kept.note(owner, first, "Firefox on Linux")
    kept.note(owner, second, "x" * 300)
    kept.note(owner, first, "another name changes nothing")
    found = kept.open(owner, 10)
    assert [(r.id, r.device) for r in found] == [(first, "Firefox on Linux"), (second, "x" * 100)]
    assert found[0].began_at <= found[1].began_at <= found[0].seen_at
    assert [r.id for r in kept.open(owner, 1)] == [first]
    assert kept.open(uuid4(), 10) == []


def test_one_that_is_ended_is_over_for_good_and_the_others_go_on(records: Records) -> None:
    owner, mine, other = uuid4(), uuid4(), uuid4()
    kept = records.session_records
    for session in (mine, other):
        kept.note(owner, session, "a")
    kept.end(uuid4(), mine)
    assert kept.ends(owner, mine) == NOTHING, "nobody ends another owner's"
    kept.end(owner, mine)
    kept.end(owner, mine)
    kept.note(owner, mine, "a")
    assert kept.ends(owner, mine) == Ends(None, True)
    assert kept.ends(owner, other) == kept.ends(owner, None) == NOTHING
    assert kept.ends(uuid4(), mine) == NOTHING
    assert [r.id for r in kept.open(owner, 10)] == [other]


def test_the_end_of_one_that_was_never_noted_is_kept(records: Records) -> None:
    owner, session = uuid4(), uuid4()
    records.session_records.end(owner, session)
    records.session_records.note(owner, session, "a")
    assert records.session_records.ends(owner, session) == Ends(None, True)


def test_all_end_at_once_and_the_latest_moment_stands(records: Records) -> None:
    owner, other, session, others = uuid4(), uuid4(), uuid4(), uuid4()
    kept = records.session_records
    kept.note(owner, session, "a")
    kept.note(other, others, "a")
    for moment in (MOMENT, MOMENT + timedelta(hours=1), MOMENT):
        kept.end_all(owner, moment)
    assert kept.ends(owner, session) == Ends(MOMENT + timedelta(hours=1), True)
    assert kept.ends(other, others) == NOTHING
    assert kept.open(owner, 10) == []
    kept.note(owner, uuid4(), "begun after it")
    assert [r.device for r in kept.open(owner, 10)] == ["begun after it"]


def test_an_account_that_is_deleted_leaves_none(records: Records) -> None:
    owner, session = uuid4(), uuid4()
    records.session_records.note(owner, session, "a")
    records.closing.begin(owner, "ann")
    records.closing.forget(owner)
    assert records.session_records.open(owner, 10) == []

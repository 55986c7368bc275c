"""The promises of what the portal keeps of accounts."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from tests.contract.sides import Records

MOMENT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def test_nothing_is_known_of_who_changed_nothing(records: Records) -> None:
    assert records.account_records.sessions_ended_at(uuid4()) is None
    assert records.account_records.default_licence(uuid4()) is None


def test_the_latest_end_of_sessions_stands(records: Records) -> None:
    owner, other = uuid4(), uuid4()
    for moment in (MOMENT, MOMENT + timedelta(hours=1), MOMENT):
        records.account_records.end_sessions(owner, moment)
    assert records.account_records.sessions_ended_at(owner) == MOMENT + timedelta(hours=1)
    assert records.account_records.sessions_ended_at(other) is None


def test_a_licence_is_chosen_and_changed_beside_it(records: Records) -> None:
    owner = uuid4()
    records.account_records.set_default_licence(owner, "cc-by")
    records.account_records.end_sessions(owner, MOMENT)
    records.account_records.set_default_licence(owner, "cc0")
    assert records.account_records.default_licence(owner) == "cc0"
    assert records.account_records.sessions_ended_at(owner) == MOMENT

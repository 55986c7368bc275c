"""The promises of what the portal keeps of accounts."""

from datetime import UTC, datetime
from uuid import uuid4

from tests.contract.sides import Records

MOMENT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def test_nothing_is_known_of_who_changed_nothing(records: Records) -> None:
    assert records.account_records.default_licence(uuid4()) is None


def test_a_licence_is_chosen_and_changed_beside_the_end_of_sessions(records: Records) -> None:
    owner = uuid4()
    records.account_records.set_default_licence(owner, "cc-by")
    records.session_records.end_all(owner, MOMENT)
    records.account_records.set_default_licence(owner, "cc0")
    assert records.account_records.default_licence(owner) == "cc0"
    assert records.session_records.ends(owner, None).moment == MOMENT

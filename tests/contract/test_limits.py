"""The promises of counts of what is done too often."""

from datetime import timedelta
from uuid import uuid4

from shared.ports.limits import Counted
from tests.contract.sides import Records


def counted(records: Records, key: str) -> Counted:
    return records.limits.counted([key])[key]


def test_each_key_is_counted_by_itself_until_its_time_is_over(records: Records) -> None:
    key, other = f"wrong {uuid4()}", f"wrong {uuid4()} ü"
    assert counted(records, key) == Counted()
    for times in (1, 2, 3):
        records.limits.count({key: 60})
        found = counted(records, key)
        assert found.times == times
        assert 50 < found.ends_in_seconds <= 60
    records.limits.count({other: 3600})
    assert counted(records, other).times == 1
    records.pass_time(timedelta(seconds=30))
    records.limits.count({key: 60})
    found = counted(records, key)
    assert (found.times, 20 < found.ends_in_seconds <= 30) == (4, True), "from the first one on"
    records.pass_time(timedelta(seconds=31))
    assert counted(records, key) == Counted()
    assert counted(records, other).times == 1
    records.limits.count({key: 60})
    assert counted(records, key).times == 1


def test_several_are_counted_and_told_at_once(records: Records) -> None:
    one, other, neither = (f"wrong {uuid4()}" for _ in range(3))
    records.limits.count({one: 60, other: 3600})
    records.limits.count({other: 3600})
    told = records.limits.counted([one, other, neither])
    assert {key: found.times for key, found in told.items()} == {one: 1, other: 2, neither: 0}
    assert told[other].ends_in_seconds > 3000
    assert records.limits.counted([]) == {}
    records.limits.count({})

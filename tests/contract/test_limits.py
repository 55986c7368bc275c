"""The promises of counts of what is done too often."""

from datetime import timedelta
from uuid import uuid4

from shared.ports.limits import Counted
from tests.contract.sides import Records


def test_each_key_is_counted_by_itself_until_its_time_is_over(records: Records) -> None:
    key, other = f"wrong {uuid4()}", f"wrong {uuid4()} ü"
    assert records.limits.counted(key) == Counted()
    for times in (1, 2, 3):
        records.limits.count(key, 60)
        counted = records.limits.counted(key)
        assert counted.times == times
        assert 50 < counted.ends_in_seconds <= 60
    records.limits.count(other, 3600)
    assert records.limits.counted(other).times == 1
    records.pass_time(timedelta(seconds=30))
    records.limits.count(key, 60)
    counted = records.limits.counted(key)
    assert (counted.times, 20 < counted.ends_in_seconds <= 30) == (4, True), "from the first one on"
    records.pass_time(timedelta(seconds=31))
    assert records.limits.counted(key) == Counted()
    assert records.limits.counted(other).times == 1
    records.limits.count(key, 60)
    assert records.limits.counted(key).times == 1

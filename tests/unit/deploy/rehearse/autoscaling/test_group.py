"""Simple scaling: one activity at a time, cooldown from its end, sizes within limits."""

from dataclasses import replace

from deploy.rehearse.autoscaling.alarm import State
from deploy.rehearse.autoscaling.group import Group, decide, finished
from deploy.rehearse.autoscaling.simulator import ORIGINAL

POLICY = replace(ORIGINAL, cooldown_seconds=360, min_size=2, max_size=4)
OK, ALARM = State.OK, State.ALARM


def test_an_alarm_adds_one_instance() -> None:
    assert decide(POLICY, Group(2), ALARM, OK, now=0) == Group(3, busy=True)


def test_calm_removes_one_instance() -> None:
    assert decide(POLICY, Group(4), OK, ALARM, now=0) == Group(3, busy=True)


def test_nothing_happens_while_an_activity_is_under_way() -> None:
    group = Group(3, busy=True)
    assert decide(POLICY, group, ALARM, OK, now=10_000) is group


def test_the_cooldown_begins_when_the_activity_ends_and_an_alarm_that_stays_asks_again_after_it() -> None:
    group = finished(POLICY, decide(POLICY, Group(2), ALARM, OK, now=0), now=60)
    sizes = {now: decide(POLICY, group, ALARM, OK, now).desired for now in (61, 360, 419, 420)}
    assert sizes == {61: 3, 360: 3, 419: 3, 420: 4}


def test_the_cooldown_holds_the_opposite_alarm_back_too() -> None:
    group = finished(POLICY, Group(3, busy=True), now=60)
    assert decide(POLICY, group, OK, ALARM, now=419) is group
    assert decide(POLICY, group, OK, ALARM, now=420).desired == 2


def test_at_its_limits_the_group_neither_changes_nor_cools_down() -> None:
    for group, high, low in ((Group(4), ALARM, OK), (Group(2), OK, ALARM)):
        assert decide(POLICY, group, high, low, now=0) is group


def test_a_larger_increment_is_cut_at_the_limit() -> None:
    assert decide(replace(POLICY, upper_increment=5), Group(3), ALARM, OK, now=0).desired == 4


def test_missing_data_change_nothing() -> None:
    group, unknown = Group(3), State.INSUFFICIENT_DATA
    assert decide(POLICY, group, unknown, unknown, now=0) is group

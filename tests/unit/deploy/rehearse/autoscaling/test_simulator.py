"""Small days that can be worked out by hand, and the workers' backlog."""

from dataclasses import replace

import pytest

from deploy.rehearse.autoscaling.autoscaler import Autoscaler, reversals
from deploy.rehearse.autoscaling.backlog import Tracking, drain, wanted_size
from deploy.rehearse.autoscaling.simulator import ORIGINAL, Machine, simulate
from deploy.rehearse.autoscaling.traces import MB, MINUTES, TRACES

STEADY = replace(ORIGINAL, monitoring_minutes=1, period_minutes=1, evaluation_periods=5)
TRACKING = Tracking(target=120, warmup_seconds=240, min_size=1, max_size=4)


def actions(policy_minutes: list[float], size: int = 2) -> dict[int, int]:
    """Minute → change, when each of `size` instances receives so many bytes in each minute and changes take none."""
    autoscaler, found = Autoscaler(STEADY, size), {}
    for minute, value in enumerate(policy_minutes, start=1):
        decided = autoscaler.minute(minute, {f"i-{n}": value for n in range(autoscaler.group.desired)})
        if decided.change:
            found[minute] = decided.change
            autoscaler.activity_finished(minute)
    return found


def test_five_minutes_above_the_threshold_add_an_instance_and_four_do_not() -> None:
    assert actions([2 * MB] * 4 + [0.7 * MB]) == {}
    assert actions([2 * MB] * 5) == {5: 1}


def test_the_second_instance_comes_a_cooldown_after_the_first() -> None:
    assert actions([2 * MB] * 20) == {5: 1, 11: 1}


def test_between_the_thresholds_nothing_happens() -> None:
    assert actions([0.7 * MB] * 60, size=3) == {}


def test_exactly_at_the_thresholds_nothing_happens() -> None:
    assert actions([1 * MB] * 60, size=3) == {}
    assert actions([0.5 * MB] * 60, size=3) == {}


def test_basic_monitoring_publishes_five_minutes_as_one_sum() -> None:
    autoscaler = Autoscaler(ORIGINAL, 2)
    averages = [autoscaler.minute(m, {"a": 0.3 * MB, "b": 0.3 * MB}).average_bytes for m in range(1, 11)]
    assert averages[:4] == [None] * 4
    assert averages[4:] == pytest.approx([1.5 * MB] * 6)


def test_one_photograph_scales_the_reports_settings_and_not_those_with_five_periods() -> None:
    day = [0.0] * 120
    day[30] = 12 * MB
    assert simulate(ORIGINAL, day).actions == 4
    assert simulate(STEADY, day).actions == 0


def test_a_new_instances_downloads_count_as_traffic() -> None:
    day = [0.0] * 60
    day[10] = 12 * MB
    # The first instance's downloads bring the second one, and both go again.
    assert simulate(ORIGINAL, day).actions == 4
    assert simulate(ORIGINAL, day, Machine(boot_bytes=0)).actions == 2


def test_bytes_beyond_the_capacity_wait() -> None:
    machine = Machine(capacity_bytes=10 * MB)
    day = simulate(replace(STEADY, max_size=2), [45 * MB, 0, 0, 0], machine)
    assert (day.minutes_saturated, day.instance_hours) == (2, 2 * 4 / 60)


def test_reversals_are_counted_between_actions() -> None:
    assert reversals([0, 1, 0, 1, -1, 0, -1, 1]) == 2


@pytest.mark.parametrize("name", list(TRACES))
def test_a_trace_is_a_whole_day_and_the_same_each_time(name: str) -> None:
    trace = TRACES[name]()
    assert len(trace) == MINUTES
    assert min(trace) >= 0
    assert trace == TRACES[name]()


@pytest.mark.parametrize(
    ("history", "warming", "size"),
    [
        ([121, 121], False, 1),  # two minutes are not three
        ([120, 120, 120], False, 1),  # at the target is not above it
        ([121, 121, 121], False, 2),
        ([500, 400, 400], True, 4),  # warming up holds growth back in nothing
        ([9999, 9999, 9999], False, 4),  # the largest size
    ],
)
def test_workers_are_added_after_three_minutes_above_the_target(
    history: list[float], warming: bool, size: int
) -> None:
    assert wanted_size(TRACKING, 1, history, warming=warming) == size


@pytest.mark.parametrize(
    ("history", "warming", "size"),
    [
        ([0.0] * 14, False, 4),
        ([0.0] * 15, True, 4),
        ([0.0] * 15, False, 1),
        ([108.0] * 15, False, 4),  # nine tenths of the target are not below them
        ([59.0] * 15, False, 2),
    ],
)
def test_workers_are_removed_after_fifteen_minutes_below_nine_tenths(
    history: list[float], warming: bool, size: int
) -> None:
    assert wanted_size(TRACKING, 4, history, warming=warming) == size


def test_fixed_workers_drain_at_their_rate() -> None:
    assert drain(TRACKING, 600, size=1, fixed=True).minutes == 10
    assert drain(TRACKING, 600, size=4, fixed=True).minutes == 3


def test_tracking_drains_a_burst_sooner_than_one_worker_and_later_than_four() -> None:
    minutes = [
        drain(TRACKING, 10_000, size=4, fixed=True).minutes,
        drain(TRACKING, 10_000).minutes,
        drain(TRACKING, 10_000, size=1, fixed=True).minutes,
    ]
    assert minutes == sorted(set(minutes))

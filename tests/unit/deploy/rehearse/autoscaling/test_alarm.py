"""A CloudWatch alarm, by the worked examples of its guide and by the edges of Beanstalk's thresholds."""

import pytest

from deploy.rehearse.autoscaling.alarm import Alarm, Breach, Sample, State

HIGH = Alarm(Breach.ABOVE, 1_000_000, period_minutes=1, evaluation_periods=3)
LOW = Alarm(Breach.BELOW, 500_000, period_minutes=1, evaluation_periods=3)


def points(pattern: str) -> list[float | None]:
    """`X` breaches HIGH, `0` doesn't, `-` is missing; oldest first."""
    return [{"X": 2e6, "0": 0.0, "-": None}[letter] for letter in pattern]


@pytest.mark.parametrize(
    ("pattern", "state"),
    [
        # The guide's table for three of three, missing data treated as missing; oldest first.
        ("0-X-X", State.OK),
        ("0----", State.OK),
        ("-----", State.INSUFFICIENT_DATA),
        ("0XX-X", State.ALARM),
        ("--X--", State.ALARM),
        # Its examples of transitions that would be premature.
        ("----X", State.OK),
        ("---X-", State.OK),
        ("---X0", State.OK),
        ("--X-0", State.OK),
        # Complete data: all three of the last three.
        ("00XXX", State.ALARM),
        ("XXXX0", State.OK),
        ("XX0XX", State.OK),
    ],
)
def test_an_alarm_follows_the_guides_table(pattern: str, state: State) -> None:
    assert HIGH.evaluate(points(pattern)) is state


@pytest.mark.parametrize(
    ("alarm", "value", "breaches"),
    [
        (HIGH, 1_000_000, False),
        (HIGH, 1_000_000.5, True),
        (LOW, 500_000, False),
        (LOW, 499_999.5, True),
    ],
)
def test_a_value_that_equals_the_threshold_does_not_breach(
    alarm: Alarm, value: float, breaches: bool
) -> None:
    assert alarm.breaches(value) is breaches


def test_a_datapoint_is_the_average_over_the_instances_that_reported() -> None:
    samples = [Sample(5, 3_000_000), Sample(5, 0), Sample(4, 900_000)]
    assert HIGH.datapoints(samples, 5) == [None, None, None, 900_000, 1_500_000]


def test_a_period_of_five_minutes_averages_each_instances_five_one_minute_sums() -> None:
    alarm = Alarm(Breach.ABOVE, 1_000_000, period_minutes=5, evaluation_periods=1)
    one_photograph = [Sample(minute, 4_900_000 if minute == 8 else 0) for minute in range(6, 11)]
    assert alarm.datapoints(one_photograph, 10)[-1] == 980_000
    assert alarm.state(one_photograph, 10) is State.OK


def test_with_basic_monitoring_the_same_photograph_breaches_as_one_sum_of_five_minutes() -> None:
    alarm = Alarm(Breach.ABOVE, 1_000_000, period_minutes=5, evaluation_periods=1)
    assert alarm.state([Sample(10, 4_900_000)], 10) is State.ALARM


def test_windows_slide_with_the_minute() -> None:
    alarm = Alarm(Breach.ABOVE, 1_000_000, period_minutes=5, evaluation_periods=1)
    sample = [Sample(10, 2_000_000)]
    assert [alarm.datapoints(sample, now)[-1] for now in (9, 10, 14, 15)] == [None, 2e6, 2e6, None]

"""Forecasts of queues: the words for what is measured, and that they come true on simulated ones."""

import heapq
import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.forecast import Outlook, about, forecast, pace, seconds_to_clear
from shared.domain.hindsight import GOOD, hindsight
from shared.domain.samples import Sample

START = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)


def minutes(
    *counts: tuple[int, int, int], workers: int | None = 1, service: float | None = 2.0
) -> list[Sample]:
    """Samples a minute apart, the last one of now: what waits, what arrived, what was completed."""
    return [
        Sample(
            START + timedelta(minutes=i),
            60 if i else None,
            visible,
            0,
            0,
            0,
            arrivals=arrivals if i else None,
            completions=completions if i else None,
            service_seconds=service,
            workers=workers,
            age_seconds=60 * (len(counts) - 1 - i),
        )
        for i, (visible, arrivals, completions) in enumerate(counts)
    ]


CLEARING = minutes((400, 0, 0), (380, 10, 30), (360, 10, 30), (340, 10, 30))
GROWING = minutes((100, 0, 0), (140, 70, 30), (180, 70, 30), (220, 70, 30))


def test_a_queue_that_empties_clears_at_the_difference_of_both_rates() -> None:
    told = forecast(CLEARING, 340)
    assert (told.outlook, told.seconds) == (Outlook.CLEARS, 340 / 20 * 60)
    assert told.sentence == "clears in about 17 min"


def test_one_that_grows_says_by_how_much_and_what_would_help() -> None:
    told = forecast(GROWING, 300)
    assert (told.outlook, told.growth, told.more_workers) == (Outlook.GROWS, 40, 2)
    assert told.sentence == "grows by 40 a minute: 2 more workers would clear it in about 30 min"


def test_so_many_more_workers_would_clear_it_in_time_and_one_fewer_would_not() -> None:
    told = forecast(GROWING, 300)
    assert told.more_workers
    for workers, enough in ((told.more_workers, True), (told.more_workers - 1, False)):
        net = 30 * (1 + workers) - 70
        assert (net > 0 and 300 / net <= 30) is enough


def test_one_more_worker_is_one_worker() -> None:
    told = forecast(minutes((9, 0, 0), (12, 33, 30), (15, 33, 30), (18, 33, 30)), 18)
    assert told.sentence == "grows by 3 a minute: 1 more worker would clear it in about 30 min"


@pytest.mark.parametrize("arrivals", [29, 30, 31])
def test_what_is_as_much_as_is_completed_holds(arrivals: int) -> None:
    told = forecast(minutes(*[(50, arrivals, 30)] * 4), 50)
    assert (told.outlook, told.sentence) == (Outlook.HOLDS, "holds: about as many arrive as are completed")


def test_an_empty_queue_is_empty() -> None:
    assert forecast(minutes((0, 0, 0)), 0).sentence == "is clear: nothing waits"


def test_nobody_at_work_stands_still_or_grows() -> None:
    first = forecast(minutes((9, 0, 9), (9, 0, 0)), 9)
    assert first.outlook is Outlook.UNKNOWN, "one sample may be a worker's start"
    still = forecast(minutes((9, 0, 9), (9, 0, 0), (9, 0, 0)), 9)
    assert (still.outlook, still.seconds) == (Outlook.STILL, None)
    grows = forecast(minutes((9, 0, 9), (19, 10, 0), (29, 10, 0)), 29)
    assert (grows.outlook, grows.growth, grows.sentence) == (Outlook.GROWS, 10, "grows by 10 a minute")


@pytest.mark.parametrize(
    ("samples", "backlog", "why"),
    [
        (CLEARING, None, "The queue can't be asked."),
        ([], 4, "No sample was taken yet."),
        (minutes((4, 0, 0)), 4, "Two samples in a row are needed, a minute apart."),
        ([replace(s, age_seconds=s.age_seconds + 200) for s in CLEARING], 4, "the tick doesn't run"),
        (minutes((0, 0, 0), (4, 4, 0), workers=0, service=None), 4, "Nothing was completed"),
        ([replace(s, visible=None, arrivals=None) for s in CLEARING], 4, "Two samples in a row"),
    ],
)
def test_where_the_figures_allow_no_word_none_is_said(
    samples: list[Sample], backlog: int | None, why: str
) -> None:
    told = forecast(samples, backlog)
    assert (told.outlook, told.seconds, told.growth) == (Outlook.UNKNOWN, None, None)
    assert told.sentence == "can’t be forecast"
    assert why in told.why


def test_a_burst_that_is_over_is_forgotten_at_once() -> None:
    burst = minutes((0, 0, 0), (0, 2, 2), (990, 1000, 10), (960, 0, 30))
    assert pace(burst).arrivals == 1


def test_a_burst_among_the_last_samples_is_over_with_the_first_that_lacks_it() -> None:
    told = forecast(minutes((2, 0, 0), (600, 598, 0), (960, 390, 30), (930, 0, 30), (900, 0, 30)), 900)
    assert (told.outlook, told.seconds) == (Outlook.CLEARS, 900 / 30 * 60)
    told = forecast(minutes((600, 0, 0), (960, 390, 30), (930, 0, 30)), 930)
    assert told.pace.arrivals == 0


def test_what_falls_since_the_last_sample_does_not_grow() -> None:
    samples = minutes((1000, 0, 0), (1700, 1000, 300), (2400, 1000, 300), (3100, 1000, 300))
    assert forecast(samples, 3100).outlook is Outlook.GROWS
    aged = [replace(sample, age_seconds=sample.age_seconds + 40) for sample in samples]
    told = forecast(aged, 2900)
    assert (told.outlook, told.seconds) == (Outlook.CLEARS, 2900 / (200 / 40))
    assert forecast(aged, 3101).outlook is Outlook.GROWS
    assert forecast(aged, 3070).outlook is Outlook.UNKNOWN, "so little tells no time"
    young = [replace(sample, age_seconds=sample.age_seconds + 10) for sample in samples]
    assert forecast(young, 3085).outlook is Outlook.GROWS, "that may be chance"


def test_workers_that_had_stood_still_are_forecast_by_what_they_do_since() -> None:
    samples = minutes((600, 0, 0), (1000, 400, 0), (900, 0, 100))
    aged = [replace(sample, age_seconds=sample.age_seconds + 15) for sample in samples]
    told = forecast(aged, 750)
    assert (told.outlook, told.seconds) == (Outlook.CLEARS, 750 / 10)


def test_surplus_messages_are_no_work() -> None:
    samples = [replace(sample, surplus=100) for sample in CLEARING]
    told = forecast(samples, 340)
    assert (told.waiting, told.seconds) == (240, 240 / 20 * 60)
    last = forecast(samples, 90)
    assert (last.outlook, last.sentence) == (Outlook.CLEARS, "clears in less than a minute")
    assert forecast(samples, 0).outlook is Outlook.EMPTY


def test_surplus_messages_that_fall_among_the_others_make_nobody_faster() -> None:
    aged = [replace(sample, surplus=100, age_seconds=sample.age_seconds + 30) for sample in CLEARING]
    told = forecast(aged, 280)
    assert (told.waiting, told.seconds) == (180, 180 / 20 * 60)


def test_capacity_is_told_while_messages_wait_and_not_by_what_arrives() -> None:
    quiet = minutes(*[(0, 3, 3)] * 5)
    busy = minutes((90, 0, 0), (60, 0, 30), (30, 0, 30))
    assert pace(busy).capacity == 30
    then_quiet = [*busy, *quiet]
    assert pace(then_quiet).capacity == 30
    assert pace(quiet).capacity == 30, "one after the other, at two seconds each"


def test_pictures_that_take_longer_now_make_workers_slower() -> None:
    busy = minutes((90, 0, 0), (60, 0, 30), (30, 0, 30))
    slow = [replace(s, service_seconds=4.0) for s in minutes((0, 3, 3), (0, 3, 3), (0, 3, 3))]
    assert pace([*busy, *slow]).capacity == 15


def test_workers_that_came_count_from_their_first_minute() -> None:
    alone = minutes((900, 0, 0), (870, 0, 30), (840, 0, 30))
    joined = [replace(s, workers=3) for s in minutes((750, 0, 90))]
    joined = [replace(joined[0], seconds=60, completions=90, arrivals=0)]
    rates = pace([*alone, *joined])
    assert rates.workers == 3
    assert rates.capacity == pytest.approx(90)


def test_an_unknown_sample_in_between_is_left_out() -> None:
    gap = [*CLEARING[:2], replace(CLEARING[2], visible=None, in_flight=None, arrivals=None), *CLEARING[3:]]
    assert forecast(gap, 60).seconds == 60 * 60 / 20


def test_few_completions_tell_no_time_unless_it_is_short() -> None:
    early = minutes((400, 0, 0), (380, 10, 30))
    assert (forecast(early, 380).outlook, "a few minutes" in forecast(early, 380).why) == (
        Outlook.UNKNOWN,
        True,
    )
    assert forecast(early, 80).seconds == 240
    never_full = minutes(*[(0, 30, 30)] * 5, (900, 930, 30))
    assert forecast(never_full, 900).outlook is Outlook.UNKNOWN
    assert forecast(minutes(*[(50, 28, 30)] * 12), 50).outlook is Outlook.CLEARS, "more time tells no more"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than a minute"),
        (59, "less than a minute"),
        (60, "about 1 min"),
        (89 * 60, "about 89 min"),
        (100 * 60, "about 2 h"),
        (47 * 3600, "about 47 h"),
        (50 * 3600, "about 2 days"),
    ],
)
def test_durations_are_said_as_people_do(seconds: float, words: str) -> None:
    assert about(seconds) == words


def test_what_is_ahead_of_one_upload_takes_as_long_as_it_would_an_operators_queue() -> None:
    assert seconds_to_clear(340, 20) == forecast(CLEARING, 340).seconds
    assert seconds_to_clear(5, None) is None
    assert seconds_to_clear(5, 0.0) is None


# ---------- queues that are simulated ----------


class Queue:
    """Messages that arrive at given seconds, and processes that take them in turn, each for as long as
    `service` says."""

    def __init__(
        self, arrivals: Iterable[float], service: Callable[[], float], workers: int, processes: int
    ) -> None:
        self._arrivals = sorted(arrivals)
        self._service = service
        free = [(0.0, i % workers) for i in range(workers * processes)]
        heapq.heapify(free)
        self.work: list[tuple[float, float, int]] = []  # begun, ended, by whom
        for at in self._arrivals:
            ready, worker = heapq.heappop(free)
            begun = max(at, ready)
            ended = begun + service()
            self.work.append((begun, ended, worker))
            heapq.heappush(free, (ended, worker))

    def at(self, second: float, before: float | None) -> Sample:
        """What the tick would measure."""
        arrived = sum(at <= second for at in self._arrivals)
        begun = sum(b <= second for b, _, _ in self.work)
        ended = sum(e <= second for _, e, _ in self.work)
        done = [w for w in self.work if before is not None and before < w[1] <= second]
        return Sample(
            at=START + timedelta(seconds=second),
            seconds=None if before is None else second - before,
            visible=arrived - begun,
            in_flight=begun - ended,
            delayed=0,
            dead_letters=0,
            arrivals=None if before is None else sum(before < at <= second for at in self._arrivals),
            completions=None if before is None else len(done),
            service_seconds=sum(e - b for b, e, _ in done) / len(done) if done else None,
            workers=len({w for _, _, w in done}) if before is not None else None,
        )


def watched(queue: Queue, until: float) -> list[Sample]:
    """A sample a minute, each with what was forecast by those before it."""
    samples: list[Sample] = []
    for minute in range(int(until // 60) + 1):
        sample = queue.at(minute * 60, (minute - 1) * 60 if minute else None)
        told = forecast([*samples[-60:], sample], sample.visible)
        samples.append(
            replace(sample, clears_seconds=told.seconds if told.outlook is Outlook.CLEARS else None)
        )
    return samples


def poisson(rng: random.Random, per_minute: float, since: float, until: float) -> list[float]:
    at, found = since, []
    while (at := at + rng.expovariate(per_minute / 60)) < until:
        found.append(at)
    return found


SERVICES: dict[str, Callable[[random.Random], float]] = {
    "steady": lambda _: 3.0,
    "exponential": lambda rng: rng.expovariate(1 / 3),
    "mostly small, some large": lambda rng: 12.0 if rng.random() < 0.1 else 2.0,
    "log-normal": lambda rng: rng.lognormvariate(0.9, 0.7),
}


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize(("workers", "processes", "per_minute"), [(1, 2, 0), (1, 2, 12), (3, 2, 40)])
def test_the_forecast_of_a_drained_backlog_of_a_thousand_is_within_30_percent(
    name: str, workers: int, processes: int, per_minute: float
) -> None:
    rng = random.Random(f"{name}{workers}{per_minute}")  # noqa: S311  # a test's chance
    arrivals = [rng.uniform(65, 110) for _ in range(1000)]
    arrivals += poisson(rng, per_minute, 0, 7200) if per_minute else []
    samples = watched(Queue(arrivals, lambda: SERVICES[name](rng), workers, processes), 7200)
    told = hindsight([s for s in samples if s.at <= START + timedelta(seconds=next_empty(samples))])
    assert told is not None
    assert told.waiting > 700
    assert abs(told.error) <= GOOD
    assert told.within >= 0.7 * told.made


def next_empty(samples: list[Sample]) -> float:
    """When the thousand had gone."""
    full = next(i for i, s in enumerate(samples) if (s.visible or 0) > 500)
    return next((s.at - START).total_seconds() for s in samples[full:] if s.visible == 0)


def test_a_queue_that_gets_more_than_it_can_is_said_to_grow_by_what_it_grows() -> None:
    rng = random.Random(7)  # noqa: S311  # a test's chance
    queue = Queue(poisson(rng, 60, 0, 3600), lambda: rng.expovariate(1 / 3), 1, 2)
    samples = watched(queue, 3000)
    told = forecast(samples, samples[-1].visible)
    before, after = queue.at(2400, None).visible, queue.at(3600, None).visible
    assert before is not None
    assert after is not None
    assert told.outlook is Outlook.GROWS
    assert told.growth == pytest.approx((after - before) / 20, rel=0.3)


def test_the_workers_that_it_asks_for_do_clear_it() -> None:
    rng = random.Random(11)  # noqa: S311  # a test's chance
    arrivals = poisson(rng, 60, 0, 5400)
    samples = watched(Queue(arrivals, lambda: rng.expovariate(1 / 3), 1, 2), 1500)
    told = forecast(samples, samples[-1].visible)
    assert told.more_workers
    assert told.waiting
    late = [a for a in arrivals if a > 1500]
    queue = Queue([1500.0] * told.waiting + late, lambda: rng.expovariate(1 / 3), 1 + told.more_workers, 2)
    cleared = next(m for m in range(26, 90) if (queue.at(m * 60, None).visible or 0) == 0)
    assert (cleared - 25) <= 30 * 1.3


# ---------- afterwards ----------


def test_hindsight_is_of_the_first_forecast_at_the_height_and_counts_all() -> None:
    backlogs, told = [0, 60, 40, 20, 0, 0], [None, None, 180.0, 30.0, None, None]
    samples = [
        Sample(START + timedelta(minutes=i), 60, b, 0, arrivals=0, completions=20, clears_seconds=t)
        for i, (b, t) in enumerate(zip(backlogs, told, strict=True))
    ]
    seen = hindsight(samples)
    assert seen is not None
    assert (seen.at, seen.waiting, seen.forecast_seconds, seen.took_seconds) == (samples[2].at, 40, 180, 120)
    assert (seen.error, seen.made, seen.within) == (0.5, 1, 0)


def test_nothing_is_said_afterwards_of_what_has_not_cleared_or_was_too_short() -> None:
    def of(*backlogs: int | None) -> object:
        return hindsight(
            [
                Sample(START + timedelta(minutes=i), 60, b, 0, arrivals=0, clears_seconds=60.0)
                for i, b in enumerate(backlogs)
            ]
        )

    assert of() is None
    assert of(0, 0) is None
    assert of(5, 4, 3) is None
    assert of(5, None, 0) is None, "what happened in between is unknown"
    assert of(5, 4, 0) is not None

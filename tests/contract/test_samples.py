"""Samples of the queue: one a minute, and what the database counts between them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from shared.domain.samples import Moved, OwnerLoad, Sample, Span
from shared.domain.uploads import Event
from tests.contract.sides import Records
from tests.contract.uploads import attempt, image_of, new_manifest, publish

MINUTE = timedelta(minutes=1)


def take(records: Records, **known: float) -> Sample:
    """A sample of this moment."""
    moved = records.samples.moved()
    assert moved is not None
    sample = replace(Sample(moved.at, moved.seconds, completions=moved.completions), **known)  # type: ignore[arg-type]
    assert records.samples.add(sample)
    return sample


def done_in(records: Records, ms: int, worker: str = "w", waited_ms: int | None = None) -> None:
    """Something was published, in three steps that took so long together."""
    manifest, this = new_manifest(), replace(attempt(worker=worker), waited_ms=waited_ms)
    records.attempts.begin(manifest, this)
    steps = {"fetch": ms // 4, "validate": ms // 4, "publish": ms // 2}
    events = [Event(datetime.now(UTC), step, 1, worker, took, "ok") for step, took in steps.items()]
    records.attempts.publish(image_of(manifest), [], this, events)


def test_before_the_first_there_is_nothing_to_count_from(records: Records) -> None:
    publish(records.attempts, new_manifest())
    moved = records.samples.moved()
    assert moved is not None
    assert (moved.seconds, moved.completions, moved.service_seconds, moved.before) == (None,) * 4
    assert (records.samples.recent(), records.samples.points(Span.HOUR), records.samples.percentiles()) == (
        [],
        [],
        [],
    )


def test_a_minute_has_one_sample_whoever_ticks(records: Records) -> None:
    sample = Sample(at=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC), visible=3)
    assert records.samples.add(sample)
    assert not records.samples.add(replace(sample, at=sample.at + timedelta(seconds=50), visible=4))
    assert records.samples.add(replace(sample, at=sample.at + timedelta(seconds=53), visible=5))


def test_of_two_ticks_at_once_one_takes_the_sample_and_the_whole_of_it(records: Records) -> None:
    at = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)

    def tick(number: int) -> bool:
        load = [OwnerLoad(UUID(int=owner), number, UUID(int=9)) for owner in range(1, 4)]
        return records.samples.add(Sample(at, visible=number), load)

    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(tick, range(1, 5)))
    assert taken.count(True) == 1
    assert {entry.waiting for entry in records.samples.load()} == {taken.index(True) + 1}


def test_all_that_is_known_is_kept_and_what_is_not_stays_unknown(records: Records) -> None:
    moved = records.samples.moved()
    assert moved is not None
    known = Sample(moved.at, 60.5, 7, 2, 1, 0, 12.5, 9, 8, 0.25, 2, 90.0)
    assert records.samples.add(known)
    records.pass_time(MINUTE)
    unknown = take(records)
    first, second = records.samples.recent()
    assert 60 <= first.age_seconds < 120
    assert 0 <= second.age_seconds < 60
    shifted = replace(known, at=first.at, age_seconds=first.age_seconds)
    assert first == shifted
    assert (second.visible, second.backlog, second.dead_letters, second.arrivals) == (None,) * 4
    assert second.seconds == unknown.seconds
    assert first.backlog == 9
    records.pass_time(timedelta(hours=30))
    assert len(records.samples.recent()) == 2, "how long ago the last one was is seen"


def test_what_left_the_queue_is_counted_from_the_sample_before(records: Records) -> None:
    done_in(records, 4000)  # before the first sample
    records.pass_time(MINUTE)
    take(records, visible=5)
    assert records.samples.moved() is None, "this minute has its sample"
    records.pass_time(timedelta(minutes=2))
    done_in(records, 1000, "a")
    done_in(records, 3000, "b")
    refused, barred, begun = (new_manifest() for _ in range(3))
    for manifest in (refused, barred, begun):
        records.attempts.begin(manifest, attempt(worker="a"))
    records.attempts.reject(refused.upload_id, attempt(worker="a"), "corrupt", "m", [])
    records.attempts.fail(barred.upload_id, attempt(worker="a"), "m")
    records.failed_uploads.discard(barred.upload_id, "A person ended it.")
    moved = records.samples.moved()
    assert isinstance(moved, Moved)
    assert moved.seconds is not None
    assert 120 <= moved.seconds < 180
    assert (moved.completions, moved.workers, moved.service_seconds) == (3, 2, 2.0)
    assert moved.before is not None
    assert moved.before.visible == 5


def test_who_fills_the_queue_is_kept_of_the_latest_look(records: Records) -> None:
    ann, bob, one = UUID(int=1), UUID(int=2), UUID(int=3)
    moved = records.samples.moved()
    assert moved is not None
    first = Sample(moved.at - 3 * MINUTE)
    assert records.samples.load() == []
    assert records.samples.add(first, [OwnerLoad(ann, 2, one), OwnerLoad(bob, 900, one)])
    assert [(o.owner, o.waiting, o.upload_id) for o in records.samples.load()] == [
        (bob, 900, one),
        (ann, 2, one),
    ]
    assert not records.samples.add(first, []), "another was first"
    assert records.samples.add(Sample(moved.at - 2 * MINUTE), None), "it could not be seen"
    assert len(records.samples.load()) == 2
    assert 180 <= records.samples.load()[0].age_seconds < 240
    assert records.samples.add(Sample(moved.at - MINUTE), [])
    assert records.samples.load() == []


def test_a_tick_that_did_not_come_for_long_is_a_gap_and_not_a_rate(records: Records) -> None:
    take(records, visible=5)
    records.pass_time(timedelta(minutes=16))
    publish(records.attempts, new_manifest())
    moved = records.samples.moved()
    assert moved is not None
    assert (moved.seconds, moved.completions, moved.workers) == (None, None, None)
    assert moved.before is not None


def test_what_is_older_than_a_chart_reaches_is_forgotten(records: Records) -> None:
    start = datetime(2026, 3, 4, tzinfo=UTC)
    records.samples.add(Sample(start))
    assert not records.samples.add(Sample(start))
    records.samples.add(Sample(start + timedelta(days=8, minutes=1)))
    assert records.samples.add(Sample(start)), "it had been forgotten"


def test_points_are_the_highest_depth_and_the_rates_of_what_is_known(records: Records) -> None:
    moved = records.samples.moved()
    assert moved is not None
    end = moved.at.replace(second=0, microsecond=0)
    for ago, sample in enumerate(
        (
            Sample(end, 60, 4, 1, 0, 0, 9.0, 30, 60),
            Sample(end, 120, 9, 0, 0, 2, 3.0, None, 20),
            Sample(end),
        )
    ):
        records.samples.add(replace(sample, at=end - ago * MINUTE))
    records.samples.add(Sample(end - timedelta(days=6), 60, 100, 0, 0, 0, 0.0, 10, 10))
    assert [p.depth for p in records.samples.points(Span.HOUR)] == [None, 9, 5]
    assert [p.completions for p in records.samples.points(Span.HOUR)] == [None, 10, 60]
    week = records.samples.points(Span.WEEK)
    assert week[0].depth == 100
    assert {p.depth for p in week[1:]} <= {None, 5, 9}
    assert sum(p.arrivals == 30 for p in week[1:]) == 1, "what is unknown makes no mean smaller"
    assert max(p.dead_letters or 0 for p in week) == 2
    assert week == sorted(week, key=lambda p: p.at)


def test_a_week_of_samples_is_a_few_hundred_points(records: Records) -> None:
    assert all(span.length / span.step <= 340 for span in Span)


def test_percentiles_are_of_each_step_within_the_hour(records: Records) -> None:
    done_in(records, 40_000)
    records.pass_time(timedelta(minutes=61))
    for ms in range(100, 2100, 100):  # 20 of them
        done_in(records, ms)
    fetch, validate, publish_step = records.samples.percentiles()
    assert [p.step for p in (fetch, validate, publish_step)] == ["fetch", "validate", "publish"]
    assert publish_step.count == 20
    assert (publish_step.p50, publish_step.p95, publish_step.p99) == (0.5, 0.95, 1.0)


def test_the_wait_in_the_queue_is_that_of_the_first_delivery(records: Records) -> None:
    for waited in (1000, 3000):
        done_in(records, 100, waited_ms=waited)
    again, first = new_manifest(), replace(attempt(), waited_ms=9000)
    records.attempts.begin(again, first)
    publish(records.attempts, again, number=2)
    wait, *steps = records.samples.percentiles()
    assert (wait.step, wait.count, wait.p50, wait.p99) == ("wait", 3, 3.0, 9.0)
    assert [step.step for step in steps] == ["fetch", "validate", "publish"]

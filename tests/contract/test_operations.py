"""What operators look at: who works, at what, and how fast."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from shared.ports.operations import StepNow, Throughput, WorkerStatus
from tests.contract.sides import Records
from tests.contract.uploads import attempt, new_manifest, publish


def beat(name: str, at: datetime) -> WorkerStatus:
    return WorkerStatus(name, f"host-of-{name}", "1.0", at, 2.5)


def test_a_worker_is_known_by_its_last_sign_of_life(records: Records) -> None:
    now = datetime.now(UTC)
    steps = (StepNow(uuid4(), "validate", 1.5), StepNow(uuid4(), "fetch", 0.0))
    records.operations.beat(replace(beat("b", now), steps=steps[:1]))
    records.operations.beat(beat("a", now))
    last = replace(beat("b", now), version="1.1", last_poll_age_seconds=None, run=uuid4(), steps=steps)
    records.operations.beat(last)

    found = records.operations.workers(now)
    assert [replace(worker, last_heartbeat_at=now) for worker in found] == [beat("a", now), last]


@pytest.mark.parametrize("minutes", [-5, 5])
def test_neither_the_workers_clock_nor_the_askers_matters(records: Records, minutes: int) -> None:
    off = timedelta(minutes=minutes)
    now = datetime.now(UTC)
    records.operations.beat(beat("w", now + off))
    manifest = new_manifest()
    records.attempts.begin(manifest, attempt(worker="w"))
    records.pass_time(timedelta(seconds=20))
    [worker] = records.operations.workers(now - off)
    [at] = worker.at_work
    for moment in (worker.last_heartbeat_at, at.since):
        assert timedelta(seconds=19) < (now - off) - moment < timedelta(seconds=40)


def test_a_worker_that_is_silent_for_a_day_is_forgotten(records: Records) -> None:
    now = datetime.now(UTC)
    records.operations.beat(beat("gone", now))
    records.pass_time(timedelta(hours=2))
    records.operations.beat(beat("resting", now))
    records.pass_time(timedelta(hours=23))
    records.operations.beat(beat("here", now))
    assert [w.name for w in records.operations.workers(now)] == ["here", "resting"]


def test_it_is_told_what_a_worker_is_at_and_what_it_has_done_today(records: Records) -> None:
    now = datetime.now(UTC)
    for name in ("busy", "idle"):
        records.operations.beat(beat(name, now))
    for _ in range(2):
        publish(records.attempts, new_manifest(), worker="busy")
    refused, lost, *current = (new_manifest() for _ in range(4))
    for manifest in (refused, lost, *current):
        records.attempts.begin(manifest, attempt(worker="busy"))
    records.attempts.reject(refused.upload_id, attempt(worker="busy"), "corrupt", "m", [])
    records.attempts.fail(lost.upload_id, attempt(worker="busy"), "m")

    busy, idle = records.operations.workers(now)

    assert (busy.done_today, busy.failed_today) == (3, 1)
    assert {at.upload_id for at in busy.at_work} == {manifest.upload_id for manifest in current}
    assert list(busy.at_work) == sorted(busy.at_work, key=lambda at: at.since)
    assert all(abs(at.since - now) < timedelta(minutes=1) for at in busy.at_work)
    assert busy.ended_at is not None
    assert abs(busy.ended_at - now) < timedelta(minutes=1)
    assert (idle.done_today, idle.failed_today, idle.at_work, idle.ended_at) == (0, 0, (), None)


def test_it_is_told_what_waits_for_an_operator_and_when_an_attempt_last_moved(records: Records) -> None:
    now = datetime.now(UTC)
    lost = new_manifest()
    records.attempts.begin(lost, attempt())
    begun = records.operations.throughput(now)
    records.attempts.fail(lost.upload_id, attempt(), "m")
    failed = records.operations.throughput(now)
    records.recovery.redriven(lost)
    again = records.operations.throughput(now)

    assert (begun.failed, failed.failed, again.failed) == (0, 1, 0)
    assert begun.moved_at is not None
    assert failed.moved_at is not None
    assert abs(begun.moved_at - now) < timedelta(minutes=1)
    assert failed.moved_at > begun.moved_at - timedelta(seconds=1), "as exact as two clocks are read"
    assert again.moved_at is None, "what an operator does is no movement of a worker's"


def test_what_was_done_on_another_day_does_not_count_for_today(records: Records) -> None:
    records.operations.beat(beat("w", datetime.now(UTC)))
    publish(records.attempts, new_manifest())
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert [w.done_today for w in records.operations.workers(tomorrow)] == [0]


def test_a_quiet_portal_has_no_figures(records: Records) -> None:
    assert records.operations.throughput(datetime.now(UTC)) == Throughput(0, 0, None, 0)


def test_throughput_counts_the_last_minute_and_the_problems_of_the_last_day(records: Records) -> None:
    now = datetime.now(UTC)
    publish(records.attempts, new_manifest())
    for code in ("corrupt", "too_large"):
        manifest = new_manifest()
        records.attempts.begin(manifest, attempt())
        records.attempts.reject(manifest.upload_id, attempt(), code, "m", [])

    figures = records.operations.throughput(now)
    records.pass_time(timedelta(hours=2))
    later = records.operations.throughput(now)
    records.pass_time(timedelta(days=7))
    next_week = records.operations.throughput(now)

    assert (figures.published_last_minute, figures.problems_last_day) == (1, 2)
    assert figures.last_published_at is not None
    assert abs(figures.last_published_at - now) < timedelta(minutes=1)
    assert (later.published_last_minute, later.problems_last_day) == (0, 2)
    assert (next_week.published_last_minute, next_week.problems_last_day) == (0, 0)
    assert next_week.last_published_at is not None
    assert abs(now - next_week.last_published_at - timedelta(days=7, hours=2)) < timedelta(minutes=1)


@pytest.mark.parametrize("minutes", [-5, 5])
def test_throughput_is_the_same_whatever_the_askers_clock_says(records: Records, minutes: int) -> None:
    publish(records.attempts, new_manifest())
    records.pass_time(timedelta(seconds=25))
    asker = datetime.now(UTC) + timedelta(minutes=minutes)
    figures = records.operations.throughput(asker)
    assert figures.published_last_minute == 1
    for moment in (figures.moved_at, figures.last_published_at):
        assert moment is not None
        assert timedelta(seconds=24) < asker - moment < timedelta(seconds=45)


def test_a_database_that_answers_passes_its_check(records: Records) -> None:
    records.operations.check()

"""The promises of what operators want of receiving."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from shared.domain.operator_acts import Operator, Verb, Way
from shared.domain.receiving import EVERY_WORKER, Outcome, Reception
from shared.ports.operations import WorkerStatus
from shared.ports.receiving import Change
from tests.contract.sides import Records

OLGA, TOM = Operator("olga", Way.PAGE), Operator("tom@worker-1", Way.TERMINAL)
NOW = datetime(2026, 3, 4, 5, 6, 7, 891_011, tzinfo=UTC)
WORKER = "celery@worker-1"


def version(seen: int | None) -> frozenset[int] | None:
    return None if seen is None else frozenset({seen})


def wish(
    records: Records, *, stopped: bool, seen: int | None, by: Operator = OLGA, why: str = "disks"
) -> Change:
    return records.receiving.change(by, EVERY_WORKER, None, stopped=stopped, why=why, seen=version(seen))


def test_nobody_wished_anything_and_all_receive(records: Records) -> None:
    assert records.receiving.wishes() == {}
    assert wish(records, stopped=False, seen=1) == Change(Outcome.ALREADY, None)
    assert records.receiving.wishes() == {}
    assert records.operator_acts.page(None, 9) == []


def test_a_pause_says_who_why_and_since_when_and_is_in_the_audit(records: Records) -> None:
    made = wish(records, stopped=True, seen=1)
    assert made.outcome is Outcome.DONE
    [stands] = records.receiving.wishes().values()
    assert stands.age >= timedelta()
    assert (stands.scope, stands.stopped, stands.by, stands.why) == (EVERY_WORKER, True, OLGA, "disks")
    assert (stands.version, stands.since, stands.run) == (2, made.wish and made.wish.since, None)
    [act] = records.operator_acts.page(None, 9)
    assert (act.by, act.verb, act.subject, dict(act.counts)) == (OLGA, Verb.PAUSE, "disks", {"done": 1})
    assert act.ended_at is not None


def test_who_comes_second_learns_who_was_first(records: Records) -> None:
    wish(records, stopped=True, seen=1)
    second = wish(records, stopped=True, seen=1, by=TOM, why="mine")
    assert (second.outcome, second.wish and second.wish.by) == (Outcome.ALREADY, OLGA)
    assert len(records.operator_acts.page(None, 9)) == 1


def test_what_was_changed_since_it_was_looked_at_is_not_changed_again(records: Records) -> None:
    wish(records, stopped=True, seen=1)
    assert wish(records, stopped=False, seen=2, by=TOM).outcome is Outcome.DONE
    wish(records, stopped=True, seen=3, why="again")
    late = wish(records, stopped=False, seen=2, by=TOM)
    assert (late.outcome, late.wish and late.wish.why) == (Outcome.CHANGED, "again")
    assert records.receiving.wishes()[EVERY_WORKER].stopped
    assert wish(records, stopped=False, seen=None, by=TOM).outcome is Outcome.DONE
    verbs = [a.verb for a in records.operator_acts.page(None, 9)]
    assert verbs == [Verb.RESUME, Verb.PAUSE, Verb.RESUME, Verb.PAUSE]


def test_a_drain_is_of_one_run(records: Records) -> None:
    first, second = uuid4(), uuid4()
    change = records.receiving.change
    assert change(OLGA, WORKER, first, stopped=True, why="old", seen=version(1)).outcome is Outcome.DONE
    assert change(TOM, WORKER, first, stopped=True, why="", seen=version(1)).outcome is Outcome.ALREADY
    assert change(TOM, WORKER, second, stopped=False, why="", seen=version(2)).outcome is Outcome.ALREADY
    assert change(TOM, WORKER, second, stopped=True, why="", seen=version(2)).outcome is Outcome.DONE
    assert records.receiving.wishes()[WORKER].run == second
    assert change(TOM, WORKER, second, stopped=False, why="", seen=version(3)).outcome is Outcome.DONE
    assert records.operator_acts.page(None, 9)[-1].subject == f"{WORKER}: old"


def test_a_worker_tells_what_it_does_about_it(records: Records) -> None:
    run = uuid4()
    records.operations.beat(WorkerStatus(WORKER, "h", "1", NOW, 400.0, (), 0, 0, None, run))
    paused = WorkerStatus(
        WORKER, "h", "1", NOW, 410.0, run=run, reception=Reception.PAUSED, silent_seconds=1.5
    )
    records.operations.beat(paused)
    assert [replace(w, last_heartbeat_at=NOW) for w in records.operations.workers(NOW)] == [paused]


def test_a_worker_that_says_nothing_is_not_taken_for_the_run_before_it(records: Records) -> None:
    records.operations.beat(
        WorkerStatus(WORKER, "h", "1", NOW, 1.0, run=uuid4(), reception=Reception.DRAINED)
    )
    records.pass_time(timedelta(seconds=10))
    older = WorkerStatus(WORKER, "h", "0", NOW, 1.0)
    records.operations.beat(older)
    assert [replace(w, last_heartbeat_at=NOW) for w in records.operations.workers(NOW)] == [older]

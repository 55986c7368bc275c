"""What goes wrong without a kill: parts of the world that are away, frozen, slow, full, or minutes apart."""

import os
import resource
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from sqlalchemy import text

from local.drive.waiting import wait_until
from tests.crash.calls import Call, Fate, Trouble
from tests.crash.matrix import VISIBILITY_SECONDS
from tests.crash.stage import WEBS, WORKERS, Stage
from tests.crash.truth import Promise
from tests.crash.verbs import Actors, edit, sweep, take_back

OUTAGE_SECONDS = 30
KILLS = 10
MANY = 10
APART_SECONDS = 300
COMES_AGAIN_SECONDS = 8
"""After its process was killed: one long poll, and a little."""


@dataclass(frozen=True)
class Play:
    """A scenario: does its worst, and tells what was promised. Raises AssertionError where something does not go on as
    it has to meanwhile."""

    name: str
    run: Callable[[Actors], Sequence[Promise]]


def _of(role: str, service: str, *names: str) -> Callable[[Call], bool]:
    return lambda c: c.role.startswith(role) and c.service == service and (not names or c.name in names)


def accepted(actors: Actors, count: int = 1) -> list[Promise]:
    """Files that are all answered 202 at the first try, whatever goes on."""
    promises = [actors.promise() for _ in range(count)]
    for number, promise in enumerate(promises):
        assert actors.post(promise, number), f"{promise.word} was not accepted"
    return promises


def sqs_is_away_while_accepting(actors: Actors) -> Sequence[Promise]:
    """Every connection to SQS is refused."""
    with actors.stage.calls.trouble(Trouble(_of("web", "sqs"), Fate.CUT)):
        return accepted(actors, 3)


def sqs_takes_and_never_answers(actors: Actors) -> Sequence[Promise]:
    """The message is sent, and neither web tier nor worker hears of it: nor of polls and acknowledgements."""
    calls = actors.stage.calls
    with (
        calls.trouble(Trouble(_of("web", "sqs", "SendMessage"), Fate.SILENT)),
        calls.trouble(Trouble(_of("worker", "sqs"), Fate.SILENT, times=4)),
    ):
        return accepted(actors, 2)


def sqs_does_it_and_the_answer_is_lost(actors: Actors) -> Sequence[Promise]:
    """Messages are there that nobody knows of; acknowledgements were heard of by SQS alone."""
    names = ("SendMessage", "DeleteMessage", "ChangeMessageVisibility")
    with actors.stage.calls.trouble(Trouble(lambda c: c.name in names, after=Fate.CUT)):
        promises = accepted(actors, 2)
        actors.stage.quiet(10)
    return promises


def mysql_is_away(actors: Actors) -> Sequence[Promise]:
    """Half a minute without a server."""
    actors.stage.kill_database()
    promises = accepted(actors, 3)
    time.sleep(OUTAGE_SECONDS)
    actors.stage.mend()
    return promises


def mysql_is_frozen(actors: Actors) -> Sequence[Promise]:
    """Half a minute with a server that takes connections and answers nothing, an attempt being in its midst."""
    stage, pid = actors.stage, actors.stage.stack.processes[0].pid
    with stage.calls.stop(_of("worker", "s3", "PUT previews")) as stop:
        promises = accepted(actors)
        stop.reached()
        os.kill(pid, signal.SIGSTOP)
        try:
            stop.release(goes_on=True)
            promises += accepted(actors, 2)
            time.sleep(OUTAGE_SECONDS)
        finally:
            os.kill(pid, signal.SIGCONT)
    return promises


def a_deadlock(actors: Actors) -> Sequence[Promise]:
    """Another transaction and that of publishing wait for each other, and MariaDB ends the smaller one."""
    stage = actors.stage
    before = actors.truth.status("Innodb_deadlocks")
    with (
        ThreadPoolExecutor(1) as pool,
        stage.engine.connect() as other,
        stage.calls.stop(_of("worker", "mysql", "write terms")) as stop,
    ):
        promises = accepted(actors)
        stop.reached()
        [promise] = promises
        [upload] = promise.ids
        rows = [{"t": promise.caption}] + [{"t": f"{promise.word} {n}"} for n in range(300)]
        other.execute(text("INSERT INTO terms (kind, text) VALUES ('word', :t)"), rows)
        lock, which = text("SELECT id FROM uploads WHERE id = :id FOR UPDATE"), {"id": UUID(upload).bytes}
        waiting = pool.submit(other.execute, lock, which)
        time.sleep(0.5)  # for it to wait: nothing tells when it does
        stop.release(goes_on=True)
        waiting.result(30)
        other.rollback()
    assert actors.truth.status("Innodb_deadlocks") > before, "no deadlock came about"
    return promises


def a_connection_lost(at: str, *, answer: bool = False) -> Callable[[Actors], Sequence[Promise]]:
    """Within the transaction of publishing: at a statement, or at its commit, perhaps after it was done."""

    def play(actors: Actors) -> Sequence[Promise]:
        def wanted(call: Call) -> bool:
            return call.role.startswith("worker") and call.name.startswith(at) and call.service == "mysql"

        fates = (Fate.PASS, Fate.CUT) if answer else (Fate.CUT, Fate.PASS)
        with actors.stage.calls.trouble(Trouble(wanted, *fates, times=1)) as trouble:
            promises = accepted(actors)
            wait_until(lambda: trouble.met, 30, "the connection is lost")
        return promises

    return play


def s3_says_503(actors: Actors) -> Sequence[Promise]:
    """To every request of every attempt, for as long as it takes to use three receives up."""
    with actors.stage.calls.trouble(Trouble(_of("worker", "s3"), Fate.BUSY)) as trouble:
        promises = accepted(actors)
        for _ in range(3):
            met = trouble.met
            wait_until(lambda met=met: trouble.met > met, 40, "another attempt fails")  # type: ignore[misc]
            time.sleep(2)
            actors.stage.let_pass(VISIBILITY_SECONDS)
    return promises


def s3_is_slow(actors: Actors) -> Sequence[Promise]:
    """Each answer takes a second."""
    with actors.stage.calls.trouble(Trouble(lambda c: c.service == "s3", delay_seconds=1)):
        promises = accepted(actors, 2)
        actors.stage.quiet(40)
    return promises


def visibility_expires(actors: Actors) -> Sequence[Promise]:
    """In the middle of an attempt, which goes on when another has done it all."""
    stage = actors.stage
    with stage.calls.stop(_of("worker", "s3", "PUT previews")) as stop:
        promises = accepted(actors)
        stop.reached()
        stage.let_pass(VISIBILITY_SECONDS)
        wait_until(lambda: "published" in actors.truth.states(promises).values(), 40, "another publishes it")
        stop.release(goes_on=True)
        stage.quiet(10)
    return promises


def clocks_are_apart(actors: Actors) -> Sequence[Promise]:
    """One web tier and one worker five minutes ahead, the others and the sweep five minutes behind."""
    stage, promises = actors.stage, []
    try:
        for role, tier in stage.tiers.items():
            tier.start(_clock(APART_SECONDS if role in (WEBS[0], WORKERS[0]) else -APART_SECONDS))
        for tier in stage.tiers.values():
            tier.ready()
        for number in range(2):
            for verb in (edit, take_back, sweep):
                case = verb(actors)
                assert case.act(number) or case.once
                promises += case.promises
        promises += accepted(actors, 4)
        stage.quiet(10)
    finally:
        for tier in stage.tiers.values():
            tier.start()
    stage.whole(0, both=True)
    return promises


def _clock(ahead_seconds: int) -> dict[str, str]:
    return {"PYTHONPATH": str(Path(__file__).parent / "clock"), "CLOCK_AHEAD_SECONDS": str(ahead_seconds)}


def disks_of_the_tiers_are_full(actors: Actors) -> Sequence[Promise]:
    """No process of web tiers, workers and sweep can write a byte into any file, not even into its log."""
    with _no_file_grows(actors.stage):
        promises = accepted(actors, 3)
        actors.stage.sweep()
        actors.stage.quiet(10)
    return promises


@contextmanager
def _no_file_grows(stage: Stage) -> Iterator[None]:
    pids = [pid for tier in stage.tiers.values() for pid in tier.pids()]
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    for pid in pids:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        for pid in {pid for tier in stage.tiers.values() for pid in tier.pids()}:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)


def the_database_s_disk_is_full(actors: Actors) -> Sequence[Promise]:
    """MariaDB refuses each new row of uploads and images, as it does then (error 1114)."""
    with actors.stage.engine.begin() as c:
        for table in ("uploads", "images"):
            c.execute(
                text(f"""CREATE TRIGGER full_{table} BEFORE INSERT ON {table} FOR EACH ROW
                         SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1114, MESSAGE_TEXT = 'The table is full'""")
            )
    try:
        promises = accepted(actors, 3)
        for _ in range(2):
            actors.stage.sweep()
            actors.stage.quiet(3)
            actors.stage.let_pass(VISIBILITY_SECONDS)
    finally:
        with actors.stage.engine.begin() as c:
            for table in ("uploads", "images"):
                c.execute(text(f"DROP TRIGGER full_{table}"))
    return promises


def everything_is_killed(actors: Actors) -> Sequence[Promise]:
    """At once, with many files on their way."""
    stage = actors.stage
    promises = [actors.promise() for _ in range(MANY)]
    with ThreadPoolExecutor(MANY) as pool:
        sending = [pool.submit(actors.post, promise, number) for number, promise in enumerate(promises)]
        wait_until(lambda: "published" in actors.truth.states(promises).values(), 40, "one is published")
        stage.kill_everything()
        stage.mend()
        for sent in sending:
            sent.exception()
    stage.whole(0, both=True)
    return [p for p in promises if p.ids or actors.truth.states([p])]


def killed_ten_times(actors: Actors) -> Sequence[Promise]:
    """A good file whose process is killed ten times is published, and no dead letter."""
    stage = actors.stage
    dead = stage.dead_letters()
    for kill in range(KILLS):
        with stage.calls.stop(_of("worker", "s3", "PUT previews")) as stop:
            if kill == 0:
                promises = accepted(actors)
            deadline = time.monotonic() + 40
            while not stop.came() and time.monotonic() < deadline:
                with suppress(AssertionError):
                    stop.reached(COMES_AGAIN_SECONDS)
                    break
                stage.let_pass(VISIBILITY_SECONDS)
            stage.kill_process(stop.reached(1))
    wait_until(lambda: actors.truth.at_rest(promises), 40, "it is published")
    assert stage.dead_letters() == dead, "its message is a dead letter"
    return promises


def s3_faults(calls: Sequence[Call]) -> Iterator[Play]:
    """Each request to S3 of accepting and publishing, once busy, once half, once half answered, once unheard."""
    faults = {
        "is answered 503": Trouble(bool, Fate.BUSY, times=1),
        "arrives by half": Trouble(bool, Fate.HALF, times=1),
        "is answered by half": Trouble(bool, after=Fate.HALF, times=1),
        "is done and not heard of": Trouble(bool, after=Fate.CUT, times=1),
    }
    seen = dict.fromkeys((c.role.partition("-")[0], c.name) for c in calls if c.service == "s3")
    for role, name in seen:
        for words, fault in faults.items():
            if not (name.startswith(("GET", "LIST")) and "arrives" in words):  # there is no half of nothing
                yield Play(f"{role}: {name} {words}", _s3_fault(role, name, fault))


def _s3_fault(role: str, name: str, fault: Trouble) -> Callable[[Actors], Sequence[Promise]]:
    def play(actors: Actors) -> Sequence[Promise]:
        planned = replace(fault, wanted=_of(role, "s3", name), met=0)
        with actors.stage.calls.trouble(planned):
            promises = [actors.promise()]
            for number in range(3):
                if actors.post(promises[0], number):
                    break
            wait_until(lambda: planned.met, 20, "it happens")
            actors.stage.quiet(5)
        return promises

    return play


PLAYS = (
    Play("SQS is away while files are accepted", sqs_is_away_while_accepting),
    Play("SQS takes what it is sent and never answers", sqs_takes_and_never_answers),
    Play("SQS does what it is asked, and its answers are lost", sqs_does_it_and_the_answer_is_lost),
    Play("MySQL is away for 30 s", mysql_is_away),
    Play("MySQL is frozen for 30 s", mysql_is_frozen),
    Play("a deadlock inside the transaction", a_deadlock),
    Play("the connection is lost inside the transaction", a_connection_lost("write images")),
    Play("the connection is lost at the commit", a_connection_lost("COMMIT of owner_locks, images")),
    Play(
        "the connection is lost when the commit is done",
        a_connection_lost("COMMIT of owner_locks, images", answer=True),
    ),
    Play("S3 answers 503 for three attempts", s3_says_503),
    Play("S3 needs a second for each answer", s3_is_slow),
    Play("the visibility timeout ends in mid task", visibility_expires),
    Play("clocks are five minutes apart, either way", clocks_are_apart),
    Play("the disks of web tiers and workers are full", disks_of_the_tiers_are_full),
    Play("the database's disk is full", the_database_s_disk_is_full),
    Play("everything is killed at once, with ten files on their way", everything_is_killed),
    Play("a good file's process is killed ten times", killed_ten_times),
)

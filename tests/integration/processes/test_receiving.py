"""Paused means that SQS is not asked: real worker processes, a real queue, and every ReceiveMessage counted."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.drive.waiting import wait_until
from shared.domain.receiving import EVERY_WORKER
from tests.integration.support.faulty_proxy import FaultyProxy
from tests.integration.support.worker_process import FINE, WAITS_FOR_GO, Bench, worker
from tests.support_cloud import aws_environment

pytestmark = pytest.mark.slow


@pytest.fixture
def bench(ministack_endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    for name, value in aws_environment(ministack_endpoint).items():
        monkeypatch.setenv(name, value)
    made = Bench(ministack_endpoint, tmp_path)
    made.sqs.set_queue_attributes(QueueUrl=made.url, Attributes={"VisibilityTimeout": "60"})
    yield made
    made.sqs.close()


def wish(bench: Bench, *, paused: bool = False, **drained: str) -> None:
    """What operators want from now on: a pause, and runs that are drained by their worker's name."""
    wishes = {EVERY_WORKER: (paused, None)} | {name: (True, run) for name, run in drained.items()}
    new = bench.folder / "wishes.new"
    new.write_text(json.dumps(wishes))
    new.replace(bench.folder / "wishes")


def tells(bench: Bench, reception: str, run: str | None = None) -> None:
    """Wait until the last heartbeat (of that run) says so."""

    def last() -> str:
        beats = [beat for beat in bench.record("beat") if run in (None, beat["run"])]
        return str(beats[-1]["reception"]) if beats else ""

    wait_until(lambda: last() == reception, 20, f"a heartbeat tells {reception}")


def test_a_paused_worker_asks_for_nothing_and_all_is_done_once_when_it_goes_on(bench: Bench) -> None:
    # Given a worker at work on one message, which would end itself after six silent seconds
    with (
        FaultyProxy(bench.endpoint) as proxy,
        worker(bench, endpoint=proxy.url, processes=2, restart_after=6) as running,
    ):
        begun = bench.send(WAITS_FOR_GO)
        bench.went("began", begun)
        # When receiving is paused
        wish(bench, paused=True)
        tells(bench, "pausing")
        (bench.folder / "go").touch()
        tells(bench, "paused")
        # Then it has finished what it had, and leaves the rest alone for longer than it may be silent
        bench.went("finished", begun)
        polls = proxy.requests["ReceiveMessage"]
        waiting = [bench.send(FINE) for _ in range(5)]
        beat = bench.record("beat")[-1]["at"]
        wait_until(lambda: bench.record("beat")[-1]["at"] > beat + 7, 20, "seven seconds of heartbeats")
        assert proxy.requests["ReceiveMessage"] == polls
        assert (bench.depth().visible, bench.depth().in_flight) == (5, 0)
        last = bench.record("beat")[-1]
        assert last["poll_age"] > 7
        assert last["silent"] < 2
        # And when it goes on, each is done once, at its first delivery
        wish(bench)
        for upload in waiting:
            [finished] = bench.went("finished", upload)
            assert finished["count"] == 1
        tells(bench, "receiving")
        wait_until(bench.empty, 5, "all are acknowledged")
        assert "this worker ends" not in running.log


@pytest.mark.parametrize("database", ["there", "away"])
def test_a_killed_worker_that_starts_in_a_pause_asks_for_nothing(bench: Bench, database: str) -> None:
    wish(bench, paused=True)
    with worker(bench) as running:
        tells(bench, "paused")
        os.killpg(running.process.pid, signal.SIGKILL)
        running.process.wait(5)
    if database == "away":
        (bench.folder / "wishes").write_text("down")
    (bench.folder / "record").unlink()
    waiting = bench.send(FINE)
    with FaultyProxy(bench.endpoint) as proxy, worker(bench, endpoint=proxy.url):
        tells(bench, "paused")
        beats = len(bench.record("beat"))
        wait_until(lambda: len(bench.record("beat")) > beats + 5, 20, "it lives on")
        assert not proxy.requests["ReceiveMessage"]
        wish(bench)
        bench.went("finished", waiting)


def test_a_failure_decides_nothing(bench: Bench) -> None:
    with worker(bench) as running:
        tells(bench, "receiving")
        (bench.folder / "wishes").write_text("down")
        running.said("the last answer holds")
        bench.went("finished", bench.send(FINE))


def test_a_drained_worker_finishes_what_it_has_and_others_get_the_rest(bench: Bench) -> None:
    with worker(bench) as first:
        begun = bench.send(WAITS_FOR_GO)
        bench.went("began", begun)
        [mine] = bench.record("began", begun)
        last = bench.record("beat")[-1]
        wish(bench, **{last["name"]: last["run"]})
        tells(bench, "draining", last["run"])
        with worker(bench) as second:  # of the same name: the drain is not of its run
            rest = [bench.send(FINE) for _ in range(4)]
            for upload in rest:
                [began] = bench.went("began", upload)
                assert began["pid"] != mine["pid"]
            (bench.folder / "go").touch()
            bench.went("finished", begun)
            tells(bench, "drained", last["run"])
            wait_until(bench.empty, 10, "all are acknowledged")
            assert second.stop() == 0
        wish(bench)
        tells(bench, "receiving", last["run"])
        bench.went("finished", bench.send(FINE))
        wish(bench, **{last["name"]: last["run"]})
        tells(bench, "drained", last["run"])
        assert first.stop() == 0

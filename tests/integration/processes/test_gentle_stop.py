"""A worker that is stopped gently takes no message with it: real processes, stopped while their long poll is open."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.drive.waiting import wait_until
from tests.integration.support.faulty_proxy import Fault, FaultyProxy
from tests.integration.support.worker_process import FINE, WAITS_FOR_GO, Bench, Worker, worker
from tests.support_cloud import aws_environment
from worker.consume.settings import LONG_POLL_SECONDS

EXIT_SECONDS = 5
"""What a worker on a busy machine may take beside the waiting that is meant."""


@pytest.fixture
def bench(ministack_endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    for name, value in aws_environment(ministack_endpoint).items():
        monkeypatch.setenv(name, value)
    made = Bench(ministack_endpoint, tmp_path)
    made.sqs.set_queue_attributes(QueueUrl=made.url, Attributes={"VisibilityTimeout": "60"})
    yield made
    made.sqs.close()


def stop_in_mid_poll(running: Worker, proxy: FaultyProxy, poll: int | None = None) -> None:
    """SIGTERM to the main process when its long poll of that number has begun, by default the next one."""
    number = poll or proxy.requests["ReceiveMessage"] + 1
    wait_until(lambda: proxy.requests["ReceiveMessage"] >= number, 20, f"poll {number} begins")
    running.process.send_signal(signal.SIGTERM)
    running.said("Warm shutdown")


def waits(running: Worker) -> bool:
    """Whether the worker says that it waits for its open poll."""
    return "the open poll is waited for" in running.log


moments = pytest.mark.parametrize("moment", ["at the signal", "later"])
"""Celery's loop sees a signal up to a second later, and takes messages until then."""


def let_pass(moment: str, running: Worker) -> None:
    """Wait until the moment after the signal has come; a worker that does not wait has ended by then."""
    if moment == "later":
        wait_until(lambda: waits(running) or running.process.poll() is not None, 20, "the loop has ended")


@moments
def test_what_the_open_poll_brings_is_visible_when_the_process_has_ended(bench: Bench, moment: str) -> None:
    with (
        FaultyProxy(bench.endpoint) as proxy,
        worker(bench, endpoint=proxy.url, long_poll=LONG_POLL_SECONDS) as running,
    ):
        stop_in_mid_poll(running, proxy)
        let_pass(moment, running)
        upload = bench.send(FINE)

        assert running.process.wait(LONG_POLL_SECONDS + EXIT_SECONDS) == 0
        assert (bench.depth().visible, bench.depth().in_flight) == (1, 0)

    assert not bench.record("began")
    with worker(bench):  # the next version's
        [finished] = bench.went("finished", upload)
        # At the signal, a busy machine's poll may have ended before the message was there.
        assert finished["count"] == 2 or moment == "at the signal"
        wait_until(bench.empty, 5, "it is acknowledged")
    assert len(bench.record("began", upload)) == 1


def test_an_open_poll_that_brings_nothing_is_the_last_one(bench: Bench) -> None:
    with FaultyProxy(bench.endpoint) as proxy, worker(bench, endpoint=proxy.url, long_poll=2) as running:
        stop_in_mid_poll(running, proxy)
        wait_until(lambda: waits(running), 20, "the loop has ended")
        polls = proxy.requests["ReceiveMessage"]
        running.process.send_signal(signal.SIGTERM)  # impatience changes nothing

        assert running.process.wait(2 + EXIT_SECONDS) == 0
        assert proxy.requests["ReceiveMessage"] == polls
        assert "stopped with an open poll" not in running.log


@moments
def test_a_busy_worker_finishes_its_task_and_gives_back_at_once_what_came_meanwhile(
    bench: Bench, moment: str
) -> None:
    with (
        FaultyProxy(bench.endpoint) as proxy,
        worker(bench, endpoint=proxy.url, processes=2, long_poll=LONG_POLL_SECONDS) as running,
    ):
        slow = bench.send(WAITS_FOR_GO)
        bench.went("began", slow)
        stop_in_mid_poll(running, proxy)
        let_pass(moment, running)
        other = bench.send(FINE)

        wait_until(lambda: proxy.requests["ChangeMessageVisibility"], 20, "it is given back")
        wait_until(
            lambda: (bench.depth().visible, bench.depth().in_flight) == (1, 1), 5, "others may have it"
        )
        (bench.folder / "go").touch()
        assert running.process.wait(LONG_POLL_SECONDS + EXIT_SECONDS) == 0
    assert len(bench.record("finished", slow)) == 1
    assert not bench.record("began", other)
    assert (bench.depth().visible, bench.depth().in_flight) == (1, 0)


def test_a_task_that_ends_while_the_poll_is_open_is_acknowledged_at_once(bench: Bench) -> None:
    with (
        FaultyProxy(bench.endpoint) as proxy,
        worker(bench, endpoint=proxy.url, processes=2, long_poll=20) as running,
    ):
        slow = bench.send(WAITS_FOR_GO)
        bench.went("began", slow)
        stop_in_mid_poll(running, proxy, poll=2)  # the first one brought the message
        wait_until(lambda: waits(running), 20, "the loop has ended")

        (bench.folder / "go").touch()

        wait_until(bench.empty, 15, "it is acknowledged")  # the poll ends later
        assert running.process.poll() is None


@pytest.mark.parametrize("fault", [Fault.SILENCE, Fault.CUT])
def test_a_broker_that_fails_holds_up_no_stop(bench: Bench, fault: Fault) -> None:
    with FaultyProxy(bench.endpoint) as proxy, worker(bench, endpoint=proxy.url) as running:
        proxy.fault = fault
        stop_in_mid_poll(running, proxy)

        # One second of long poll and two of margin (see recording_worker).
        assert running.process.wait(3 + EXIT_SECONDS) == 0


def test_a_cold_shutdown_waits_for_no_poll(bench: Bench) -> None:
    with FaultyProxy(bench.endpoint) as proxy, worker(bench, endpoint=proxy.url, long_poll=20) as running:
        stop_in_mid_poll(running, proxy, poll=1)
        wait_until(lambda: waits(running), 20, "the loop has ended")

        running.process.send_signal(signal.SIGQUIT)

        running.process.wait(EXIT_SECONDS)
        assert "stopped with an open poll" in running.log


def test_what_was_taken_and_not_begun_is_visible_when_the_process_has_ended(bench: Bench) -> None:
    """As when a message comes while its pool process is being replaced; here there are two for one process."""
    with worker(bench, long_poll=20, settings={"worker_prefetch_multiplier": 2}) as running:
        slow = bench.send(WAITS_FOR_GO)
        bench.went("began", slow)
        other = bench.send(FINE)
        running.said("received", times=2)
        running.process.send_signal(signal.SIGTERM)
        running.said("Warm shutdown")
        (bench.folder / "go").touch()

        assert running.process.wait(20) == 0
    assert len(bench.record("finished", slow)) == 1
    assert not bench.record("began", other)
    assert (bench.depth().visible, bench.depth().in_flight) == (1, 0)

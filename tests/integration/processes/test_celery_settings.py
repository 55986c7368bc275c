"""Nothing is lost and nothing is tried for ever: each setting's promise, on real worker processes."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from local.drive.waiting import wait_until
from shared import tracing
from tests.integration.support.worker_process import (
    ALWAYS_STUCK,
    FAILS,
    FINE,
    MAX_RECEIVES,
    STUCK_ONCE,
    WAITS_FOR_GO,
    Bench,
    worker,
)
from tests.support_cloud import aws_environment


@pytest.fixture
def bench(moto_endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    for name, value in aws_environment(moto_endpoint).items():
        monkeypatch.setenv(name, value)
    made = Bench(moto_endpoint, tmp_path)
    yield made
    made.sqs.close()


def test_a_killed_pool_process_loses_no_message_and_little_time(bench: Bench) -> None:
    bench.sqs.set_queue_attributes(QueueUrl=bench.url, Attributes={"VisibilityTimeout": "60"})
    upload = bench.send(STUCK_ONCE)
    with worker(bench):
        [began] = bench.went("began", upload)

        os.kill(began["pid"], signal.SIGKILL)

        [finished] = bench.went("finished", upload)
        assert finished["count"] == 2
        wait_until(bench.empty, 5, "the message is acknowledged")
    assert bench.depth().dead_letters == 0


def test_exception_and_time_limit_bring_a_message_back_until_it_is_a_dead_letter(bench: Bench) -> None:
    uploads = [bench.send(FAILS), bench.send(ALWAYS_STUCK)]
    with worker(bench, time_limit=1, processes=2):
        wait_until(lambda: bench.depth().dead_letters == len(uploads), 20, "both are dead-lettered")

    for upload in uploads:
        assert [entry["count"] for entry in bench.record("began", upload)] == [*range(1, MAX_RECEIVES + 1)]
    assert bench.empty()


@pytest.mark.parametrize("signal_to", [os.kill, os.killpg], ids=["the main process", "the whole group"])
def test_sigterm_finishes_the_task_first_and_spends_no_attempt(
    bench: Bench, signal_to: Callable[[int, int], None]
) -> None:
    upload = bench.send(WAITS_FOR_GO)
    with worker(bench) as running:
        bench.went("began", upload)
        signal_to(running.process.pid, signal.SIGTERM)
        running.said("Warm shutdown")

        (bench.folder / "go").touch()

        assert running.process.wait(30) == 0
    assert [entry["count"] for entry in bench.record("finished", upload)] == [1]
    assert bench.empty()


def test_a_cold_shutdown_waits_for_no_task(bench: Bench) -> None:
    upload = bench.send(STUCK_ONCE)
    with worker(bench) as running:
        bench.went("began", upload)
        running.process.send_signal(signal.SIGQUIT)
        running.process.wait(30)
    assert not bench.record("finished", upload)

    with worker(bench):
        assert bench.went("finished", upload)[0]["count"] == 2


def test_a_slow_task_leaves_the_rest_to_other_workers(bench: Bench) -> None:
    slow = bench.send(WAITS_FOR_GO)
    with worker(bench):
        bench.went("began", slow)
        others = [bench.send(FINE) for _ in range(3)]
        assert bench.depth().visible == len(others)
        with worker(bench):
            for other in others:
                bench.went("finished", other)
            (bench.folder / "go").touch()
            bench.went("finished", slow)


def test_an_idle_process_takes_the_next_message_without_a_second_of_pause(bench: Bench) -> None:
    uploads = [bench.send(FINE) for _ in range(30)]
    with worker(bench):
        for upload in uploads:
            bench.went("finished", upload)

    ends = sorted(entry["at"] for entry in bench.record("finished"))
    assert (ends[-1] - ends[0]) / (len(ends) - 1) < 0.5  # a second each with the default pause


def test_signs_of_life_survive_errors_and_end_with_the_worker(bench: Bench) -> None:
    with worker(bench) as running:
        wait_until(lambda: len(bench.record("beat")) >= 5, 10, "it beats on after the first failed")
        assert running.stop() == 0
        beats = bench.record("beat")

    assert "no sign of life could be given: RuntimeError" in running.log
    assert {beat["main"] for beat in beats} == {running.process.pid}
    assert len({beat["name"] for beat in beats}) == 1
    assert beats[-1]["poll_age"] < 3


def test_a_message_brings_its_trace_and_how_long_it_has_waited(bench: Bench) -> None:
    plain = bench.send(FINE)
    before = tracing._tracer
    tracing.trace_with("test", SimpleSpanProcessor(InMemorySpanExporter()))
    try:
        with tracing.span("accept"):
            carried = tracing.carried()
            traced = bench.send(FINE)
    finally:
        tracing._tracer = before
    with worker(bench):
        [first] = bench.went("began", traced)
        [other] = bench.went("began", plain)
    assert carried
    assert first["carried"] == carried
    assert other["carried"] is None
    assert 0 <= first["waited"] < 60

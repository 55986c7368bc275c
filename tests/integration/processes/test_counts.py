"""What real processes expose to Prometheus: right, whichever of them are killed."""

import os
import signal
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import requests

from local.drive.waiting import wait_until
from tests.integration.conftest import Person, jpeg
from tests.integration.support.served import Program, program

PHOTOS = 3


def reached(count: Callable[[], float], wanted: int) -> bool:
    return count() == wanted


def replaced(running: Program, gone: int) -> bool:
    return len(set(running.children()) - {gone}) == 2


@pytest.fixture
def environ(own_queue: dict[str, str]) -> dict[str, str]:
    """With a queue of its own, so that nothing is counted but what a test does."""
    return own_queue


@pytest.fixture
def worker_process(environ: dict[str, str], tmp_path: Path) -> Iterator[Program]:
    """The Procfile's worker, with two pool processes."""
    with program("worker", environ, tmp_path) as running:
        wait_until(lambda: len(running.children()) >= 2, 40, "the pool is there")
        yield running


@pytest.fixture
def ticker(environ: dict[str, str], tmp_path: Path) -> Iterator[Program]:
    """The Procfile's tick application."""
    with program("ticker", environ, tmp_path) as running:
        yield running


def test_killed_pool_processes_lose_no_count_and_leave_no_files(
    person: Person, worker_process: Program, ticker: Program, tmp_path: Path
) -> None:
    def published() -> float:
        return ticker.count("portal_attempts_ended_total", outcome="published")

    def acknowledged() -> float:
        return ticker.count("portal_call_seconds_count", service="sqs", operation="DeleteMessage")

    assert published() == 0, "told before it happens"
    first = worker_process.children()
    for already in (0, PHOTOS):
        for number in range(PHOTOS):
            person.post_image(jpeg(200, 150, seed=already + number))
        wait_until(partial(reached, acknowledged, already + PHOTOS), 40, "they are done")
        for pid in worker_process.children():
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: len(worker_process.children()) >= 2, 40, "the pool is there again")
        assert published() == already + PHOTOS
    assert not set(first) & set(worker_process.children())

    assert ticker.count("portal_attempt_receives_count", queue="ingest") == 2 * PHOTOS
    assert ticker.count("portal_attempt_receives_bucket", queue="ingest", le="1.0") == 2 * PHOTOS
    assert ticker.count("portal_queue_wait_seconds_count", queue="ingest") == 2 * PHOTOS
    assert ticker.count("portal_step_seconds_count", step="validate") == 2 * PHOTOS
    assert ticker.count("portal_call_seconds_count", service="s3", operation="PutObject") == 3 * 2 * PHOTOS
    assert ticker.count("portal_call_seconds_count", service="mysql", operation="commit") >= 2 * PHOTOS
    assert ticker.count("portal_call_seconds_count", service="sqs", operation="ReceiveMessage") > 0
    assert ticker.count("portal_worker_silent_seconds") < 60
    [counted] = tmp_path.glob("image-portal-counts-*")
    assert len(list(counted.glob("counter_*.db"))) <= 4, "main process, two of the pool, the tick"


def test_a_worker_that_is_started_anew_counts_on(
    person: Person, environ: dict[str, str], ticker: Program, tmp_path: Path
) -> None:
    for number in (1, 2):
        with program("worker", environ, tmp_path):
            person.post_image(jpeg(200, 150, seed=number))
            published = partial(ticker.count, "portal_attempts_ended_total", outcome="published")
            wait_until(partial(reached, published, number), 40, "it is published")


def test_a_killed_web_process_loses_no_count(environ: dict[str, str], tmp_path: Path) -> None:
    with program("web", environ | {"WEB_WORKERS": "2"}, tmp_path) as web:
        for round_ in range(1, 4):
            for _ in range(4):
                assert requests.get(f"{web.url}/licences", timeout=10).ok
            assert web.count("portal_requests_total", status="200") >= 4 * round_
            before = web.counts()
            children = web.children()
            os.kill(children[0], signal.SIGKILL)
            wait_until(partial(replaced, web, children[0]), 40, "it is replaced")
            wait_until(web.serves, 20, "it serves")
            after = web.counts()
            lost = [key for key, value in before.items() if key[0].endswith("_total") and after[key] < value]
            assert lost == []
        [counted] = tmp_path.glob("portal-metrics-*")
        assert len(list(counted.glob("counter_*.db"))) == 2

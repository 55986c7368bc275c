"""Ticks on the real stores, beside a real worker process."""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from local.drive.waiting import wait_until
from local.process.procfile import Procfile
from shared.domain.delivery import STALE_AFTER_SECONDS
from tests.integration.conftest import Person, jpeg
from tests.integration.support.hand_worker import HandWorker
from tests.integration.support.staged import empty
from tests.integration.support.times import Aged
from worker.alive import Pulse, heartbeat_file
from worker.sweep.sweep import Sweep
from worker.sweep.tick import create_app

SQSD = {"X-Real-IP": "127.0.0.1", "X-Aws-Sqsd-Taskname": "sweep"}


def sweep_of(hands: HandWorker) -> Sweep:
    """The product's sweep on the real stores."""
    return Sweep(
        hands.parts.store, hands.parts.queue, hands.parts.uploads, hands.parts.recovery, hands.parts.erasing
    )


@pytest.fixture(autouse=True)
def _empty_start(hands: HandWorker) -> None:
    """What other tests left in the shared staging and queue would be healed here too."""
    hands.messages()
    empty(hands.parts.store)


@pytest.fixture
def worker_process(
    environ: dict[str, str], root: Path, tmp_path: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    """The Procfile's worker, with a temporary folder of its own."""
    command = shlex.split(Procfile().commands["worker"])[1:]
    env = environ | {"TMPDIR": str(tmp_path)}
    with (
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=root,
            env=env,
            stdout=log,
            stderr=log,
            start_new_session=True,
        ) as process,
    ):
        yield process
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def test_a_tick_heals_an_upload_whose_message_was_lost(person: Person, hands: HandWorker) -> None:
    person.post_image(jpeg(200, 150))
    assert len(hands.messages()) == 1, "the message is lost here"
    later = Aged(hands.parts.store, timedelta(minutes=2))  # beyond the sweep's grace
    sweep = Sweep(later, hands.parts.queue, hands.parts.uploads, hands.parts.recovery, hands.parts.erasing)
    client = create_app(sweep.run, lambda: 0.0).test_client()
    first, second = (client.post("/tick/sweep", headers=SQSD) for _ in range(2))
    assert first.json
    assert second.json
    assert (first.status_code, first.json["sweep"]["requeued"]) == (200, 1)
    assert second.json["sweep"]["requeued"] == 0, "a message waits now"
    assert hands.work() == ["published"]


def test_a_tick_tells_whether_the_worker_lives(
    hands: HandWorker, environ: dict[str, str], tmp_path: Path, worker_process: "subprocess.Popen[bytes]"
) -> None:
    file = tmp_path / heartbeat_file(environ["SQS_QUEUE_URL"]).name
    pulse = Pulse(file)
    pulse._since -= 3600  # a tick application that has been running for long
    client = create_app(sweep_of(hands).run, pulse.silence_seconds).test_client()
    assert client.post("/tick/sweep", headers=SQSD).status_code == 503, "no worker has shown itself yet"

    wait_until(file.exists, 40, "the worker shows itself")
    assert client.post("/tick/sweep", headers=SQSD).status_code == 200
    shown = file.stat().st_mtime
    wait_until(lambda: file.stat().st_mtime > shown, 30, "the worker shows itself again, after another poll")

    os.killpg(worker_process.pid, 9)
    worker_process.wait(10)
    died = file.stat().st_mtime
    os.utime(file, (died - STALE_AFTER_SECONDS, died - STALE_AFTER_SECONDS))  # that much later
    assert client.post("/tick/sweep", headers=SQSD).status_code == 503

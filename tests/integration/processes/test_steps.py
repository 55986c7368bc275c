"""What a busy worker process is at is told while it is at it."""

import os
import signal
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.drive.waiting import wait_until
from shared.operating.workers import CurrentWork, WorkerView
from shared.parts import WebParts
from tests.integration.conftest import Person, jpeg
from tests.integration.support.served import program


@pytest.fixture
def environ(own_queue: dict[str, str]) -> dict[str, str]:
    """With a queue of its own."""
    return own_queue


def test_what_hangs_is_told_with_its_step_and_seconds(
    person: Person, parts: WebParts, environ: dict[str, str], tmp_path: Path
) -> None:
    def at_work(upload_id: str) -> CurrentWork | None:
        now = datetime.now(UTC)
        found = [WorkerView.of(worker, now) for worker in parts.operations.workers(now)]
        return next(
            (at for w in found for at in w.at_work if str(at.upload_id) == upload_id and at.step), None
        )

    with socket.create_server(("127.0.0.1", 0)) as silent:  # connections are taken, and nobody ever answers
        s3 = {"AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{silent.getsockname()[1]}"}
        with program("worker", environ | s3, tmp_path) as worker:
            upload_id = person.post_image(jpeg(64, 48)).json["id"]
            told = wait_until(lambda: at_work(upload_id), 40, "the step is told")
            os.killpg(worker.process.pid, signal.SIGKILL)  # it would wait for S3
    assert told is not None
    assert told.step == "begin", "before the records know of the attempt"
    assert told.step_seconds is not None
    assert 5 <= told.step_seconds <= told.seconds + 1

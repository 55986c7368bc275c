"""Starts real worker processes for a test and reads what they recorded."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import boto3

from local.drive.waiting import wait_until
from shared.adapters.sqs import SqsWorkQueue
from tests.support_cloud import REGION, ROOT, aws_environment
from worker.consume.settings import WORKER_FLAGS

FINE, FAILS, STUCK_ONCE, ALWAYS_STUCK, WAITS_FOR_GO = (UUID(int=number) for number in range(1, 6))
VISIBILITY_SECONDS = 2
MAX_RECEIVES = 2


class Bench:
    """A fresh queue with its dead-letter queue, a producer, and a folder for what workers record."""

    def __init__(self, endpoint: str, folder: Path) -> None:
        self.endpoint, self.folder = endpoint, folder
        self.sqs: Any = boto3.Session().client("sqs", region_name=REGION, endpoint_url=endpoint)
        name = f"i-{uuid4().hex}"
        self.dead_url: str = self.sqs.create_queue(QueueName=name + "-dead")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.dead_url, AttributeNames=["QueueArn"])
        policy = {
            "deadLetterTargetArn": arn["Attributes"]["QueueArn"],
            "maxReceiveCount": str(MAX_RECEIVES),
        }
        self.url: str = self.sqs.create_queue(
            QueueName=name,
            Attributes={
                "VisibilityTimeout": str(VISIBILITY_SECONDS),
                "RedrivePolicy": json.dumps(policy),
            },
        )["QueueUrl"]
        self._queue = SqsWorkQueue(region=REGION, queue_url=self.url, dead_letter_url=self.dead_url)
        self.depth = self._queue.depth

    def send(self, behaviour: UUID) -> str:
        """Send one message; returns its upload_id."""
        upload = uuid4()
        self._queue.send(behaviour, upload)
        return str(upload)

    def send_raw(self, body: str) -> None:
        """Send any body at all."""
        self.sqs.send_message(QueueUrl=self.url, MessageBody=body)

    def record(self, event: str, upload_id: str | None = None) -> list[dict[str, Any]]:
        """What workers recorded so far, in order."""
        try:
            lines = (self.folder / "record").read_text().splitlines()
        except FileNotFoundError:
            return []
        entries = [json.loads(line) for line in lines]
        return [e for e in entries if e["event"] == event and upload_id in (None, e.get("upload_id"))]

    def went(self, event: str, upload_id: str, seconds: float = 20, count: int = 1) -> list[dict[str, Any]]:
        """Wait until an upload has recorded an event `count` times."""
        wait_until(
            lambda: len(self.record(event, upload_id)) >= count, seconds, f"{upload_id} {event} × {count}"
        )
        return self.record(event, upload_id)

    def empty(self) -> bool:
        """Whether nothing is left on the main queue."""
        return self.depth().backlog == 0


class Worker:
    """One running `celery worker`, leader of its own process group."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self.process, self._log = process, log

    @property
    def log(self) -> str:
        """All that it has printed."""
        return self._log.read_text()

    def said(self, text: str, seconds: float = 20, times: int = 1) -> None:
        """Wait until it has printed the text so many times."""
        wait_until(lambda: self.log.count(text) >= times, seconds, f"{text!r} × {times} in the worker's log")

    def stop(self, seconds: float = 10) -> int:
        """SIGTERM to the main process alone; returns the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)


@contextmanager
def worker(
    bench: Bench,
    *,
    endpoint: str | None = None,
    time_limit: int = 20,
    long_poll: int = 1,
    processes: int = 1,
    settings: dict[str, Any] | None = None,
    wait_ready: bool = True,
    restart_after: float = 300,
) -> Iterator[Worker]:
    """Run a worker on the bench's queue; whatever is left of it is killed at the end."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment = clean | aws_environment(endpoint or bench.endpoint)
    environment |= {
        "RECORDING_QUEUE_URL": bench.url,
        "RECORDING_FOLDER": str(bench.folder),
        "RECORDING_TIME_LIMIT": str(time_limit),
        "RECORDING_LONG_POLL": str(long_poll),
        "RECORDING_RESTART_AFTER": str(restart_after),
        "RECORDING_SETTINGS": json.dumps(settings or {}),
        "PYTHONUNBUFFERED": "1",
    }
    module = "tests.integration.support.recording_worker"
    command = [sys.executable, "-m", "celery", "-A", module, "worker", "-c", str(processes), "-l", "INFO"]
    log = bench.folder / f"log-{uuid4().hex}"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [*command, *WORKER_FLAGS],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        ) as process,
    ):
        running = Worker(process, log)
        try:
            if wait_ready:
                running.said(" ready.")
            yield running
        except BaseException:
            sys.stderr.write(running.log)  # pytest shows it with the failure
            raise
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

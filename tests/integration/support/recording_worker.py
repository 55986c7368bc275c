"""A Celery worker as the product's, whose task writes what happened to it into a file instead of ingesting."""

import json
import os
import signal
import time
from pathlib import Path
from typing import Any
from uuid import UUID

from shared.domain.delivery import QUEUE_NAME, TASK_NAME
from worker import alive
from worker.alive import WorkerHealth, install_heartbeat
from worker.consume import transport
from worker.consume.settings import create_celery, receive_count, waited_ms

FINE = UUID(int=1)
FAILS = UUID(int=2)
STUCK_ONCE = UUID(int=3)
ALWAYS_STUCK = UUID(int=4)
WAITS_FOR_GO = UUID(int=5)
"""What the task does is the message's `owner`: the tests need no other channel into the worker."""

FOLDER = Path(os.environ["RECORDING_FOLDER"])


def record(event: str, **details: object) -> None:
    """Append one line in one write, so that processes don't mix theirs."""
    line = json.dumps({"event": event, "pid": os.getpid(), "at": time.time(), **details}) + "\n"
    descriptor = os.open(FOLDER / "record", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, line.encode())
    os.close(descriptor)


def beat(health: WorkerHealth) -> None:
    """A heartbeat that fails at first, as with the database down."""
    record("beat", name=health.name, poll_age=health.last_poll_age_seconds, main=health.pid)
    if not (FOLDER / "beaten").exists():
        (FOLDER / "beaten").touch()
        raise RuntimeError("the database is down")


transport.ANSWER_MARGIN_SECONDS = 2  # tests have less patience
celery = create_celery(
    os.environ["RECORDING_QUEUE_URL"],
    os.environ["AWS_REGION"],
    queue_name=QUEUE_NAME,
    task_name=TASK_NAME,
    hard_time_limit_seconds=int(os.environ["RECORDING_TIME_LIMIT"]),
    long_poll_seconds=int(os.environ["RECORDING_LONG_POLL"]),
)
celery.conf.update(json.loads(os.environ.get("RECORDING_SETTINGS", "{}")))
patience = float(os.environ["RECORDING_RESTART_AFTER"])
install_heartbeat(celery, beat, version="test", interval_seconds=0.2, restart_after_seconds=patience)
alive.GRACE_SECONDS = 10


@celery.task(name=TASK_NAME, bind=True)
def ingest(self: Any, owner: str, upload_id: str) -> None:
    """Do what the owner's number says."""
    count = receive_count(self.request)
    record("began", upload_id=upload_id, count=count, waited_ms=waited_ms(self.request))
    match UUID(owner):
        case owner_id if owner_id == FAILS:
            raise RuntimeError("as asked")
        case owner_id if owner_id == ALWAYS_STUCK or (owner_id == STUCK_ONCE and count == 1):
            signal.pause()
        case owner_id if owner_id == WAITS_FOR_GO:
            while not (FOLDER / "go").exists():
                time.sleep(0.02)
    record("finished", upload_id=upload_id, count=count)

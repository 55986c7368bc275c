"""A Celery worker as the product's, whose task writes what happened to it into a file instead of ingesting."""

import json
import os
import signal
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from shared.domain.delivery import QUEUE_NAME, TASK_NAME
from shared.domain.operator_acts import Operator, Way
from shared.domain.receiving import Wish
from shared.ports.unavailable import CatalogueUnavailable
from shared.tracing import CARRIED
from worker import alive
from worker.alive import WorkerHealth, install_heartbeat
from worker.consume import transport
from worker.consume.settings import create_celery, message_attribute, receive_count, waited_seconds
from worker.receiving import Gate

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
    record(
        "beat",
        name=health.name,
        poll_age=health.last_poll_age_seconds,
        silent=health.silent_seconds,
        reception=health.reception,
        run=str(gate.run),
        main=health.pid,
    )
    if not (FOLDER / "beaten").exists():
        (FOLDER / "beaten").touch()
        raise RuntimeError("the database is down")


def wishes() -> Mapping[str, Wish]:
    """What the test wants of receiving; a file that is no JSON stands for a database that is away."""
    try:
        told = json.loads((FOLDER / "wishes").read_text())
    except FileNotFoundError:
        return {}
    except ValueError:
        raise CatalogueUnavailable("the database is down") from None
    return {
        scope: Wish(
            scope,
            UUID(run) if run else None,
            stopped,
            Operator("olga", Way.PAGE),
            "a test",
            datetime.now(UTC),
            timedelta(),
            1,
        )
        for scope, (stopped, run) in told.items()
    }


transport.ANSWER_MARGIN_SECONDS = 2  # tests have less patience
gate = Gate(wishes, FOLDER / "paused")
celery = create_celery(
    os.environ["RECORDING_QUEUE_URL"],
    os.environ["AWS_REGION"],
    queue_name=QUEUE_NAME,
    task_name=TASK_NAME,
    hard_time_limit_seconds=int(os.environ["RECORDING_TIME_LIMIT"]),
    long_poll_seconds=int(os.environ["RECORDING_LONG_POLL"]),
    message_attributes=[CARRIED],
    may_receive=gate.is_open,
)
celery.conf.update(json.loads(os.environ.get("RECORDING_SETTINGS", "{}")))
patience = float(os.environ["RECORDING_RESTART_AFTER"])
install_heartbeat(celery, beat, gate, version="test", interval_seconds=0.2, restart_after_seconds=patience)
alive.GRACE_SECONDS = 10


@celery.task(name=TASK_NAME, bind=True)
def ingest(self: Any, owner: str, upload_id: str) -> None:
    """Do what the owner's number says."""
    count = receive_count(self.request)
    carried, waited = message_attribute(self.request, CARRIED), waited_seconds(self.request)
    record("began", upload_id=upload_id, count=count, carried=carried, waited=waited)
    match UUID(owner):
        case owner_id if owner_id == FAILS:
            raise RuntimeError("as asked")
        case owner_id if owner_id == ALWAYS_STUCK or (owner_id == STUCK_ONCE and count == 1):
            signal.pause()
        case owner_id if owner_id == WAITS_FOR_GO:
            while not (FOLDER / "go").exists():
                time.sleep(0.02)
    record("finished", upload_id=upload_id, count=count)

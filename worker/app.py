"""The Celery worker's entry: `celery --app worker.app worker`. One task, two lines over what a message asks for."""

import gc
import os
import sys
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

gc.disable()  # while the rest is loaded: the collector would find nothing, for a twelfth of the start

import structlog
from billiard import current_process
from celery.signals import (
    celeryd_after_setup,
    setup_logging,
    worker_before_create_process,
    worker_process_init,
)

from shared import VERSION, counting, tracing
from shared.adapters.measured import measure_aws
from shared.bootstrap import heartbeat_parts, work_queue, worker_parts
from shared.config import ConfigurationError, WorkerSettings, load
from shared.domain.delivery import HARD_TIME_LIMIT_SECONDS, QUEUE_NAME, TASK_NAME
from shared.domain.uploads import Attempt
from shared.logs import configure_logs
from shared.parts import HeartbeatParts
from shared.ports.operations import WorkerStatus
from shared.ports.work_queue import QueueUnavailable
from worker import alive, counters, steps
from worker.consume.settings import create_celery, message_attribute, receive_count, waited_seconds
from worker.imaging import Limits, trial
from worker.message import handle
from worker.receiving import Gate, pause_file

log = structlog.get_logger(__name__)

try:
    settings = load(WorkerSettings, os.environ)
except ConfigurationError as error:
    sys.exit(str(error))
counting.meet_in(counting.worker_folder(settings.sqs_queue_url))
counters.show_zeros()

_heartbeat_file = alive.heartbeat_file(settings.sqs_queue_url)


@cache
def _of_main() -> HeartbeatParts:
    """The main process's own connections, for the heartbeat's thread."""
    return heartbeat_parts(settings)


_gate = Gate(lambda: _of_main().receiving.wishes(), pause_file(_heartbeat_file))
celery = create_celery(
    settings.sqs_queue_url,
    settings.aws_region,
    queue_name=QUEUE_NAME,
    task_name=TASK_NAME,
    hard_time_limit_seconds=HARD_TIME_LIMIT_SECONDS,
    may_receive=_gate.is_open,
    on_client=lambda client: measure_aws(client.meta.events),
    on_poll=counters.polled,
    message_attributes=[tracing.CARRIED],
)
_limits = Limits(
    max_pixels=settings.max_image_pixels,
    memory_bytes=settings.decode_memory_bytes,
    cpu_seconds=settings.decode_cpu_seconds,
)
_parts = worker_parts(settings)
"""For the pool's processes alone: the main one uses none of them, as connections don't survive a fork."""


@setup_logging.connect
def _logs(**_: Any) -> None:
    configure_logs(settings.log_level)


@worker_before_create_process.connect
def _before_fork(**_: Any) -> None:
    """What is loaded stays shared with the pool's processes: a collection would copy it by looking at it."""
    gc.collect()
    gc.freeze()


@worker_process_init.connect
def _after_fork(**_: Any) -> None:
    steps.use_slot(current_process().index)  # type: ignore[attr-defined]  # a pool process has it
    tracing.begin("portal-worker")


@celeryd_after_setup.connect
def _check_queue(**_: Any) -> None:
    """Refuse a queue on which messages would be lost or done twice; one that is away is waited for."""
    try:
        faults = work_queue(settings).misconfiguration()
    except QueueUnavailable as error:
        log.warning("the queue's settings can't be checked yet", error=str(error))
        return
    if faults:
        sys.exit("The queue is not usable:\n" + "\n".join(f"  - {fault}" for fault in faults))


@celeryd_after_setup.connect
def _try_sandbox(**_: Any) -> None:
    """Say once that decoders are confined less than they should be; don't start where no picture can be opened."""
    try:
        weakness = trial.weakness()
    except Exception as error:  # noqa: BLE001  # whatever it is, no picture would be published
        sys.exit(f"Imaging does not work on this machine: {type(error).__name__}: {error}")
    if weakness:
        log.warning(
            "the sandbox is weaker than it should be: a file that takes over its decoder could ask the kernel for more"
            " than decoding needs, though files, connections and memory stay limited",
            why=weakness,
        )


def _beat(health: alive.WorkerHealth) -> None:
    alive.show(_heartbeat_file, health.silent_seconds)
    counting.keep()
    _of_main().operations.beat(
        WorkerStatus(
            health.name,
            health.host,
            health.version,
            datetime.now(UTC),
            health.last_poll_age_seconds,
            run=_gate.run,
            reception=health.reception,
            silent_seconds=health.silent_seconds,
            steps=steps.now(),
        )
    )


alive.install_heartbeat(celery, _beat, _gate, version=VERSION)


@celery.task(name=TASK_NAME, bind=True)
def ingest_upload(self: Any, owner: str, upload_id: str) -> None:
    """Bring one upload to its end; an exception leaves the message to SQS."""
    number, waited = receive_count(self.request), waited_seconds(self.request)
    counters.begin(number, waited)
    waited_ms = round(1000 * waited) if number == 1 and waited is not None else None
    attempt = Attempt(number, self.request.hostname, datetime.now(UTC), VERSION, waited_ms)
    with (
        structlog.contextvars.bound_contextvars(upload_id=upload_id, attempt=attempt.number),
        tracing.span("attempt", carried=message_attribute(self.request, tracing.CARRIED)),
    ):
        steps.begin(UUID(upload_id))
        try:
            handle(UUID(owner), UUID(upload_id), attempt, _parts, _limits)
        finally:
            steps.end()


gc.enable()

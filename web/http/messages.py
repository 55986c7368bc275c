"""Messages to the workers about uploads whose record has changed."""

import math
from datetime import timedelta
from uuid import UUID

import structlog

from shared.ports.work_queue import QueueUnavailable, WorkQueue

log = structlog.get_logger(__name__)


def send(queue: WorkQueue, owner: UUID, upload_id: UUID, after: timedelta | None = None) -> None:
    """Send one, to be delivered now or once `after` is over. The record is what counts: without the queue, the sweep
    sends it later."""
    delay = 0 if after is None else math.ceil(after.total_seconds()) + 1  # clocks differ a little
    try:
        queue.send(owner, upload_id, delay_seconds=delay)
    except QueueUnavailable as error:
        log.warning("not sent; the sweep will", upload_id=str(upload_id), error=str(error))

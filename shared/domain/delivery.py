"""What producer, worker and queue must agree on. The queue's attributes are set where the queue is created."""

import json
from uuid import UUID

TASK_NAME = "worker.ingest"
"""The task's name on the wire: the producer names it and imports nothing of the worker."""

QUEUE_NAME = "ingest"
"""Celery's own word for the queue; its URL is configuration. Not `.fifo`: order is not promised."""

HARD_TIME_LIMIT_SECONDS = 45
"""The longest one attempt may run: far above the slowest accepted picture, below the visibility timeout."""

VISIBILITY_TIMEOUT_SECONDS = 60
"""How long SQS hides a received message. It must exceed the hard time limit, because nothing prolongs it:
a task that outlived it would run twice at once."""

MAX_RECEIVE_COUNT = 5
"""Receives before SQS dead-letters a message: about five minutes of trying, enough for a fail-over of the
database, and few enough that a poisonous message soon stops costing worker processes."""

STALE_AFTER_SECONDS = 90
"""A worker whose last completed poll or whose last sign of life is older is not at work. Above the longest silence of
one in health: a fully busy one does not poll, so that the hard time limit of a task (45 s), a long poll (5 s) and the
interval of the heartbeat (10 s) add up."""

RESTART_AFTER_SECONDS = 300
"""A worker without a completed poll for so long ends itself and is started anew. Long after STALE_AFTER_SECONDS: most
silences are the network's and end by themselves, and a restart is no cure for those."""


def ids_in(body: str) -> tuple[UUID, UUID] | None:
    """Owner and upload that a message's body names, or None. Looser than a worker, which acts on what it reads: these
    are only shown, and sent in a message that is made anew."""
    try:
        message = json.loads(body)
        _, named, *_ = json.loads(message["body"])
        ids = UUID(named["owner"]), UUID(named["upload_id"])
        return ids if message["headers"]["task"] == TASK_NAME else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):  # whatever somebody sent
        return None

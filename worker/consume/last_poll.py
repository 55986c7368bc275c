"""A worker that is stopped gently waits for its open poll, and gives back what that brings.

SQS hands messages to a poll whose client is about to go as to any other, and hides them for the visibility timeout.
Closing the connection takes nothing back: a message may be on its way already, and SQS need not notice the close.
So the poll is let end by itself, within one long poll; by then the consumer is cancelled, and the transport makes
visible again what still arrives.
"""

import logging
import os
import time
from typing import Any

from celery import Celery, bootsteps
from celery.signals import worker_process_init
from celery.worker import state

logger = logging.getLogger(__name__)


def install_last_poll(app: Celery) -> None:
    """Let every worker of this application end its polling before a warm shutdown goes on, and its pool's processes
    their tasks."""
    app.steps["worker"].add(_LastPollStep)
    worker_process_init.connect(_leave_the_group)


def _leave_the_group(**_: Any) -> None:
    """A terminal, and whoever stops a worker by its group, signals all in it. The main process is who stops: it lets
    the tasks end. The kernel ends the pool with it, and Celery's own signals go to single processes."""
    os.setpgid(0, 0)


def _in_a_hurry() -> bool:
    """Whether a cold shutdown has been asked for meanwhile."""
    status: int | bool | None = state.should_terminate
    return bool(status)


class _LastPollStep(bootsteps.StartStopStep):
    """Stops after the consumer and before the pool and the event loop: running tasks go on meanwhile."""

    requires = ("celery.worker.components:Pool",)

    def stop(self, parent: Any) -> None:
        consumer = parent.consumer.task_consumer
        if consumer is None:  # it never came so far as to poll
            return
        channel = consumer.channel
        if channel.poll_is_open:
            logger.info("the open poll is waited for, %s s at most", channel.poll_limit_seconds)
        deadline = time.monotonic() + channel.poll_limit_seconds
        while channel.poll_is_open and not _in_a_hurry() and time.monotonic() < deadline:
            parent.hub.run_once()
        if channel.poll_is_open:
            logger.warning("stopped with an open poll: a message it takes waits for the visibility timeout")

    def terminate(self, parent: Any) -> None:
        """Wait for nothing: a cold shutdown is for those in a hurry."""

"""Runs the sweep at a steady pace: `python -m worker.sweep.clock`. For where no platform brings a clock."""

import os
import signal
import sys
import threading

import structlog

from shared import counting
from shared.bootstrap import worker_parts
from shared.config import ConfigurationError, WorkerSettings, load
from shared.logs import configure_logs
from shared.ports.unavailable import Unavailable
from worker.sweep.heal import heal

log = structlog.get_logger(__name__)


def main() -> None:
    """Sweep every SWEEP_SECONDS until SIGTERM or SIGINT."""
    try:
        settings = load(WorkerSettings, os.environ)
    except ConfigurationError as error:
        sys.exit(str(error))
    configure_logs(settings.log_level)
    counting.meet_in(counting.worker_folder(settings.sqs_queue_url))
    parts = worker_parts(settings)
    stop = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stop.set())
    while not stop.is_set():
        try:
            heal(parts)
        except Unavailable as error:
            log.warning("the sweep could not finish; the next one goes on", error=str(error))
        stop.wait(settings.sweep_seconds)


if __name__ == "__main__":
    main()

"""The worker's sign of life: SQS carries no broadcasts, so each worker tells by itself that it is at work."""

import logging
import os
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from celery import Celery, bootsteps

from worker.transport import last_poll_age_seconds

logger = logging.getLogger(__name__)

BEAT_INTERVAL_SECONDS = 10.0


@dataclass(frozen=True)
class WorkerHealth:
    """One worker (its main process) at one moment."""

    name: str
    """Celery's node name, one for each worker on a host."""
    host: str
    pid: int
    last_poll_age_seconds: float
    """Since SQS last answered: the process may be alive and yet consume nothing."""
    version: str


class Heartbeat:
    """Calls `beat` at once and then every `interval_seconds`, on a thread of its own until `stop`.

    A thread and not the event loop, for a database that does not answer must not hold up consumption. Pool
    children are forked while it runs: `beat` must not share connections or locks with what children use.
    """

    def __init__(
        self, beat: Callable[[WorkerHealth], None], name: str, version: str, interval_seconds: float
    ) -> None:
        self._beat = beat
        self._name = name
        self._version = version
        self._interval_seconds = interval_seconds
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def stop(self) -> None:
        """End; waits two seconds at most for a beat that is under way."""
        self._stopped.set()
        self._thread.join(2)

    def _run(self) -> None:
        failing = False
        while not self._stopped.is_set():
            try:
                self._beat(self._health())
                failing = False
            except Exception as error:  # noqa: BLE001  # whatever it is, the work goes on
                if not failing:
                    logger.warning("no sign of life could be given: %s: %s", type(error).__name__, error)
                failing = True
            self._stopped.wait(self._interval_seconds)

    def _health(self) -> WorkerHealth:
        return WorkerHealth(
            name=self._name,
            host=socket.gethostname(),
            pid=os.getpid(),
            last_poll_age_seconds=last_poll_age_seconds(),
            version=self._version,
        )


def install_heartbeat(
    app: Celery,
    beat: Callable[[WorkerHealth], None],
    *,
    version: str,
    interval_seconds: float = BEAT_INTERVAL_SECONDS,
) -> None:
    """Let every worker of this application beat from its start until its warm shutdown is complete."""

    class HeartbeatStep(bootsteps.StartStopStep):
        """Starts after the pool, so that the first children are forked before there is a second thread."""

        requires = ("celery.worker.components:Pool",)
        heartbeat: Heartbeat | None = None

        def start(self, parent: Any) -> None:
            self.heartbeat = Heartbeat(beat, str(parent.hostname), version, interval_seconds)
            self.heartbeat.start()

        def stop(self, parent: Any) -> None:  # noqa: ARG002  # Celery's signature
            if self.heartbeat is not None:
                self.heartbeat.stop()

        terminate = stop

    app.steps["worker"].add(HeartbeatStep)

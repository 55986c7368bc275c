"""The worker's signs of life: SQS carries no broadcasts, so each worker tells by itself that it is at work.

A heartbeat tells the workers' table, for the operators, and a file on the instance's own disk, for the tick application
beside it: to the table a database that is away would look like a worker that is dead. Both tell when SQS last answered
a poll, since a process may be alive and yet consume nothing. One that has consumed nothing for long ends itself, so
that whoever runs it starts it anew: what watches processes, and not polls, would leave it as it is for good. A worker
that asks SQS for nothing because operators want it so isn't silent: its event loop shows that it would.
"""

import hashlib
import logging
import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.domain.delivery import HARD_TIME_LIMIT_SECONDS, RESTART_AFTER_SECONDS
from shared.domain.receiving import Reception
from worker.receiving import Gate

if TYPE_CHECKING:
    from celery import Celery

logger = logging.getLogger(__name__)

BEAT_INTERVAL_SECONDS = 10.0
LOOK_INTERVAL_SECONDS = 2.0
"""How often a worker asks what operators want of it: one statement, in time for a person who waits to see it."""
GRACE_SECONDS = HARD_TIME_LIMIT_SECONDS + 30
"""What a worker that ends itself gets for the pictures in work, before it ends at once."""


@dataclass(frozen=True)
class WorkerHealth:
    """One worker (its main process) at one moment."""

    name: str
    """Celery's node name, one for each worker on a host."""
    host: str
    pid: int
    last_poll_age_seconds: float
    version: str
    silent_seconds: float
    """Since SQS answered a poll, or was not asked because operators want it so."""
    reception: Reception


class Heartbeat:
    """Asks `health` every `look_seconds`, on a thread of its own, and calls `beat` with what it tells: at once, then
    every `interval_seconds`, and when its reception is another. Ends the process when it has been silent for
    `restart_after_seconds`.

    A thread and not the event loop, for a database that does not answer must not hold up consumption. Pool
    children are forked while it runs: `beat` must not share connections or locks with what children use.
    """

    def __init__(
        self,
        beat: Callable[[WorkerHealth], None],
        health: Callable[[], WorkerHealth],
        interval_seconds: float,
        restart_after_seconds: float,
        look_seconds: float = LOOK_INTERVAL_SECONDS,
    ) -> None:
        self._beat = beat
        self._health = health
        self._interval_seconds = interval_seconds
        self._restart_after_seconds = restart_after_seconds
        self._look_seconds = min(look_seconds, interval_seconds)
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
        due, told = 0.0, None
        while not self._stopped.is_set():
            health = self._health()
            if health.silent_seconds > self._restart_after_seconds:
                _end(health.silent_seconds)
                return
            if time.monotonic() >= due or health.reception is not told:
                due, told = time.monotonic() + self._interval_seconds, health.reception
                try:
                    self._beat(health)
                    failing = False
                except Exception as error:  # noqa: BLE001  # whatever it is, the work goes on
                    if not failing:
                        logger.warning("no sign of life could be given: %s: %s", type(error).__name__, error)
                    failing = True
            self._stopped.wait(self._look_seconds)


def _end(silent_seconds: float) -> None:
    """Stop gently; at once after GRACE_SECONDS, for what does not poll may not stop either."""
    logger.error("SQS has answered no poll for %.0f s: this worker ends, to be started anew", silent_seconds)
    timer = threading.Timer(GRACE_SECONDS, os._exit, [os.EX_TEMPFAIL])
    timer.daemon = True
    timer.start()
    os.kill(os.getpid(), signal.SIGTERM)


def install_heartbeat(
    app: "Celery",
    beat: Callable[[WorkerHealth], None],
    gate: Gate,
    *,
    version: str,
    interval_seconds: float = BEAT_INTERVAL_SECONDS,
    restart_after_seconds: float = RESTART_AFTER_SECONDS,
) -> None:
    """Let every worker of this application beat, and its gate look, from its start to the end of its warm shutdown."""
    # Here and not above: the tick application imports this module too, and is spared 8 MB of Celery.
    from celery import bootsteps

    from worker.consume import transport

    class HeartbeatStep(bootsteps.StartStopStep):
        """Starts after the pool, so that the first children are forked before there is a second thread."""

        requires = ("celery.worker.components:Pool",)
        heartbeat: Heartbeat | None = None

        def start(self, parent: Any) -> None:
            def health() -> WorkerHealth:
                name, consumer = str(parent.hostname), parent.consumer.task_consumer
                gate.look(name)
                return WorkerHealth(
                    name,
                    socket.gethostname(),
                    os.getpid(),
                    transport.last_poll_age_seconds(),
                    version,
                    transport.silent_seconds(),
                    gate.reception(holds_messages=consumer is not None and consumer.channel.holds_messages),
                )

            self.heartbeat = Heartbeat(beat, health, interval_seconds, restart_after_seconds)
            self.heartbeat.start()

        def stop(self, parent: Any) -> None:  # noqa: ARG002  # Celery's signature
            if self.heartbeat is not None:
                self.heartbeat.stop()

        terminate = stop

    app.steps["worker"].add(HeartbeatStep)


def heartbeat_file(queue_url: str) -> Path:
    """Where both processes look: one file for each queue and user on this machine, without any setting."""
    name = f"image-portal-worker-{os.getuid()}-{hashlib.sha256(queue_url.encode()).hexdigest()[:12]}"
    return Path(tempfile.gettempdir()) / name


def show(file: Path, silent_seconds: float) -> None:
    """Give the file the time since which the worker is silent, so that it ages when the process ends and when it is
    alive and yet consumes nothing."""
    moment = time.time() - silent_seconds
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        os.utime(descriptor, (moment, moment))
    finally:
        os.close(descriptor)


class Pulse:
    """How long the worker has been silent. One that never showed itself counts from this object's making, and an
    old file too: after a deployment both processes start together, and a worker needs seconds to start."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._since = time.time()

    def silence_seconds(self) -> float:
        """Seconds since the last sign of life."""
        try:
            shown = self._file.stat().st_mtime
        except FileNotFoundError:
            shown = self._since
        return max(0.0, time.time() - max(shown, self._since))

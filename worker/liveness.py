"""This instance's sign of life, on its own disk: what the tick application answers for the worker beside it.

The workers' table would not do: a database that is away would look like a worker that is dead.
"""

import hashlib
import os
import tempfile
import time
from pathlib import Path

STALE_AFTER_SECONDS = 90
"""Above the longest silence of a worker in health: a fully busy one does not poll, so that the hard time limit of a
task (45 s), a long poll (10 s) and the interval of the heartbeat (10 s) add up."""


def heartbeat_file(queue_url: str) -> Path:
    """Where both processes look: one file for each queue and user on this machine, without any setting."""
    name = f"image-portal-worker-{os.getuid()}-{hashlib.sha256(queue_url.encode()).hexdigest()[:12]}"
    return Path(tempfile.gettempdir()) / name


def show(file: Path, last_poll_age_seconds: float) -> None:
    """Give the file the time of the last completed poll, so that it ages when the process ends and when it is
    alive and yet consumes nothing."""
    moment = time.time() - last_poll_age_seconds
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

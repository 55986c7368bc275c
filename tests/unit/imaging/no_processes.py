"""Work for a server on a machine that has no process left to give."""

import errno
import os

from tests.unit.imaging.attacks import attempt

__all__ = ["attempt"]


def _fork() -> int:
    raise BlockingIOError(errno.EAGAIN, "no more processes")


os.fork = _fork

"""What the kernel does for a launcher: it ends the children of one that is gone, and tells processes apart."""

import ctypes
import os
import signal
from collections.abc import Callable
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def start_time(pid: int) -> str:
    """The kernel's start time of a process, which tells it from a later one with the same id; empty if none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def set_death_signal(number: int) -> None:
    """Ask the kernel to send this process a signal when its parent dies (Linux; nothing elsewhere)."""
    if hasattr(_libc, "prctl"):
        _libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)


def die_with(parent: int) -> Callable[[], None]:
    """Runs in the child before exec: end cleanly when the launcher is gone, whatever took it.

    Python code between fork and exec is safe here because the launcher has a single thread.
    """

    def prepare() -> None:
        # A launcher started in the background has SIGINT ignored, and children would inherit that.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        set_death_signal(signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return prepare

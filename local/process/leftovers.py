"""What a killed launcher left running: found by its recorded process ids, and stopped before a new start."""

import contextlib
import os
import signal
from pathlib import Path

import psutil

from local.process.kernel import start_time
from local.process.process import STOP_SECONDS


def stop_leftovers(directory: Path, seconds: float = STOP_SECONDS) -> list[str]:
    """Stop recorded processes of an earlier run (SIGTERM, after `seconds` SIGKILL); returns their names.

    The caller holds the directory's lock, so nothing recorded there belongs to a living launcher.
    """
    files = sorted((directory / "run").glob("*.pid"))
    found = {file: members for file in files if (members := _members(file))}
    asked = [process for members in found.values() for process in members]
    _signal(asked, signal.SIGTERM)
    psutil.wait_procs(asked, timeout=seconds)
    # Looked for again: one that was asked to stop may have started another.
    _signal([process for file in found for process in _members(file)], signal.SIGKILL)
    for file in files:
        file.unlink(missing_ok=True)
    return [file.stem for file in found]


def _members(file: Path) -> list[psutil.Process]:
    """Living processes of the recorded session; none when the id now belongs to another program."""
    try:
        pid_text, _, recorded = file.read_text().strip().partition(" ")
        leader = int(pid_text)
    except (OSError, ValueError):
        return []
    if start_time(leader) not in ("", recorded):
        return []
    members = []
    for process in psutil.process_iter():
        with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):
            if os.getsid(process.pid) == leader and process.status() != psutil.STATUS_ZOMBIE:
                members.append(process)
    return members


def _signal(members: list[psutil.Process], number: int) -> None:
    for process in members:
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            process.send_signal(number)

"""What a killed launcher left running: found by its recorded process ids, and stopped before a new start."""

import contextlib
import os
import signal
import time
from pathlib import Path

from local.processes import STOP_SECONDS, start_time


def stop_leftovers(directory: Path, seconds: float = STOP_SECONDS) -> list[str]:
    """Stop recorded processes of an earlier run (SIGTERM, after `seconds` SIGKILL); returns their names.

    The caller holds the directory's lock, so nothing recorded there belongs to a living launcher.
    """
    files = sorted((directory / "run").glob("*.pid"))
    found = {file: members for file in files if (members := _members(file))}
    for members in found.values():
        _signal(members, signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(_members(file) for file in found):
        time.sleep(0.05)
    for file in found:
        _signal(_members(file), signal.SIGKILL)
    for file in files:
        file.unlink(missing_ok=True)
    return [file.stem for file in found]


def _members(file: Path) -> list[int]:
    """Living processes of the recorded session; none when the id now belongs to another program."""
    try:
        pid_text, _, recorded = file.read_text().strip().partition(" ")
        leader = int(pid_text)
    except (OSError, ValueError):
        return []
    current = start_time(leader)
    if current and current != recorded:
        return []
    members = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, *rest = (entry / "stat").read_text().rpartition(")")[2].split()
            except (OSError, ValueError):
                continue
            if state != "Z" and int(rest[2]) == leader:
                members.append(int(entry.name))
    return members


def _signal(members: list[int], number: int) -> None:
    for pid in members:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)

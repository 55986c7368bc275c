"""Commands of others, run with their output in a file each, and what is said meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOGS = ROOT / "build"

_children: list[subprocess.Popen[bytes]] = []
_stopping = threading.Event()


class SetupError(Exception):
    """Set-up can't go on; the text says why and what to do."""


def run(command: list[str], log_name: str, **environment: str) -> None:
    """Run a command with its output in build/<log_name>; raises SetupError with the log's end when it fails."""
    LOGS.mkdir(exist_ok=True)
    log = LOGS / log_name
    with log.open("ab") as output:
        output.write(f"\n$ {' '.join(command)}\n".encode())
        output.flush()
        if _stopping.is_set():
            raise SetupError("Stopped.")
        try:
            child = subprocess.Popen(
                command,
                cwd=ROOT,
                env=os.environ | environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        except OSError as error:
            raise SetupError(f"{command[0]} could not be started: {error}") from error
        _children.append(child)
        code = child.wait()
        _children.remove(child)
    if code:
        end = "\n".join(f"    {line}" for line in read(log).splitlines()[-15:])
        raise SetupError(f"Failed (exit {code}): {' '.join(command[:6])} …\n{log} ends with:\n{end}")


def side_by_side(tasks: list[Callable[[], None]]) -> None:
    """Do all of them at once, and wait for all; raises SetupError with all that failed, or what nobody expected."""
    failures: list[Exception] = []

    def attempt(task: Callable[[], None]) -> None:
        try:
            task()
        except Exception as error:  # noqa: BLE001 - it is raised below, on the thread that waits
            failures.append(error)

    threads = [threading.Thread(target=attempt, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(0.2)  # with a limit, so that Ctrl-C is noticed
    for error in failures:
        if not isinstance(error, SetupError):
            raise error
    if failures:
        raise SetupError("\n".join(map(str, failures)))


def stop_children(*_: object) -> None:
    """SIGTERM: take the running commands along."""
    _stopping.set()
    for child in list(_children):
        child.terminate()


def read(file: Path) -> str:
    """A file's text, or nothing when there is none."""
    try:
        return file.read_text()
    except OSError:
        return ""


def done(title: str, begun: float) -> None:
    """Say that a step is done, and how long it took."""
    say(f"  {title:<44} {time.monotonic() - begun:5.1f} s")


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)


def complain(text: str) -> None:
    """Print a line to standard error at once."""
    print(text, file=sys.stderr, flush=True)

"""One child process: its own session, its own log file, and no way to outlive the launcher."""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from local.console import LocalError, tail

STOP_SECONDS = 15.0
_LOG_BYTES = 5_000_000
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Program:
    """What to start. The log goes to `directory/log/<name>.log`, the process id to `directory/run/`."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    directory: Path
    cwd: Path = Path(__file__).resolve().parent.parent
    stdin: Path | None = None

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.directory / "log" / f"{self.name}.log"

    @property
    def pid_file(self) -> Path:
        """Where its process id is kept for a launcher that comes after a kill -9."""
        return self.directory / "run" / f"{self.name}.pid"


class Process:
    """A started program. `code` is None while it runs, else its exit code (negative: the signal)."""

    def __init__(self, program: Program) -> None:
        """Start it; raises LocalError when the program can't be executed."""
        self.program = program
        self._start()

    def restart(self) -> None:
        """Start the program again after it ended; children that it left behind are killed first."""
        self.kill_group()
        self._start()

    def _start(self) -> None:
        program = self.program
        self.started_at = time.monotonic()
        program.pid_file.parent.mkdir(parents=True, exist_ok=True)
        with _open_log(program.log) as log, (program.stdin or Path(os.devnull)).open("rb") as stdin:
            try:
                self._popen = subprocess.Popen(
                    list(program.argv),
                    env=dict(program.env),
                    cwd=program.cwd,
                    stdin=stdin,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    # A session of its own: Ctrl-C reaches the launcher alone, which stops all in order.
                    start_new_session=True,
                    preexec_fn=_die_with(os.getpid()),
                )
            except OSError as error:
                raise LocalError(f"{program.name} could not be started: {error}") from error
        self.pid = self._popen.pid
        program.pid_file.write_text(f"{self.pid} {start_time(self.pid)}\n")

    @property
    def code(self) -> int | None:
        """Exit code, or None while running."""
        return self._popen.poll()

    def terminate(self) -> None:
        """Ask the process alone to stop (SIGTERM); its children are its own business."""
        with contextlib.suppress(ProcessLookupError):
            self._popen.send_signal(signal.SIGTERM)

    def kill_group(self) -> None:
        """Kill the process and every child it left behind."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait()

    def finish(self, seconds: float) -> bool:
        """Wait for the end after `terminate`, then kill what is left. Whether it ended by itself."""
        try:
            self._popen.wait(max(0.0, seconds))
        except subprocess.TimeoutExpired:
            willing = False
        else:
            willing = True
        self.kill_group()
        self.program.pid_file.unlink(missing_ok=True)
        return willing

    def stop(self, seconds: float = STOP_SECONDS) -> bool:
        """`terminate` and `finish` in one."""
        self.terminate()
        return self.finish(seconds)

    def __repr__(self) -> str:
        return f"<Process {self.program.name} {self.pid}>"


def wait_until(
    condition: Callable[[], bool], process: Process, seconds: float, interrupted: Callable[[], None]
) -> None:
    """Wait until the condition holds; raises LocalError with the log's tail when the process ends or is late.

    `interrupted` is called every 20 ms and raises when the person wants to stop.
    """
    deadline = time.monotonic() + seconds
    name = process.program.name
    while not condition():
        interrupted()
        if process.code is not None:
            raise LocalError(
                f"{name} stopped while starting ({describe_exit(process.code)}). Its log, "
                f"{process.program.log}, ends with:\n{tail(process.program.log)}"
            )
        if time.monotonic() > deadline:
            raise LocalError(
                f"{name} was not ready after {seconds:.0f} s. Its log, {process.program.log}, ends with:\n"
                f"{tail(process.program.log)}"
            )
        time.sleep(0.02)


def run_to_end(program: Program, seconds: float, interrupted: Callable[[], None]) -> None:
    """Run a short program; raises LocalError with its log's tail unless it succeeds in time."""
    process = Process(program)
    try:
        wait_until(lambda: process.code == 0, process, seconds, interrupted)
    finally:
        process.stop(seconds=2)


def describe_exit(code: int) -> str:
    """`exit 3`, or `exit -9` for a signal."""
    return f"exit {code}"


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


def _die_with(parent: int) -> Callable[[], None]:
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


def _open_log(path: Path) -> IO[bytes]:
    """Open a log for appending; one that has grown past 5 MB is set aside as `.1` first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > _LOG_BYTES:
        path.replace(path.with_name(f"{path.name}.1"))
    return path.open("ab")

"""One child process: its own session, its own log file, and no way to outlive the launcher."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

from local.console import LocalError
from local.files import write_private
from local.process.kernel import die_with, start_time
from local.process.program import Program

STOP_SECONDS = 15.0


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
        with program.open_log() as log, (program.stdin or Path(os.devnull)).open("rb") as stdin:
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
                    preexec_fn=die_with(os.getpid()),
                )
            except OSError as error:
                raise LocalError(f"{program.name} could not be started: {error}") from error
        self.pid = self._popen.pid
        write_private(program.pid_file, f"{self.pid} {start_time(self.pid)}\n")

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


def describe_exit(code: int) -> str:
    """`exit 3`, or `exit -9` for a signal."""
    return f"exit {code}"

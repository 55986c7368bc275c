"""One supervised service: started in a group of its own, started again when it ends, stopped as systemd would."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from deploy.rehearse.machine.units import Unit
from local.files import read_env
from local.process.kernel import set_death_signal

RESTART_SECONDS = 0.1  # systemd's default RestartSec


class Service:
    """`tick` moves it on and never waits; whoever wants it stopped asks until `state` is "inactive"."""

    def __init__(self, read: Callable[[], Unit], log: Path, marker: dict[str, str]) -> None:
        self._read = read
        self._log = log
        self._marker = marker
        self._process: subprocess.Popen[bytes] | None = None
        self._members: set[int] = set()
        self._deadline = 0.0
        self._due = 0.0
        self.unit = read()
        self.state = "inactive"
        self.restarts = 0
        self.killed = 0  # processes that had to be killed in the end

    @property
    def pid(self) -> int:
        """The main process, 0 when there is none."""
        return self._process.pid if self._process else 0

    def reload(self) -> None:
        """Read the unit's files again: how it is stopped changes at once, its command with the next start."""
        with contextlib.suppress(FileNotFoundError):
            self.unit = self._read()

    def start(self) -> None:
        """Start it, unless it runs."""
        if self.state == "active":
            return
        self.reload()
        environment = {"PATH": os.defpath, "LANG": "C.UTF-8", **self._marker}
        environment |= read_env(self.unit.environment_file)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - what the unit says
                self.unit.command,
                cwd=self.unit.directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # Safe: this process has one thread. A machine that dies takes its services along.
                preexec_fn=lambda: set_death_signal(signal.SIGKILL),
            )
        self._members = {self._process.pid}
        self.state = "active"

    def stop(self) -> None:
        """Begin to stop it."""
        if self.state == "active":
            self._terminate()
        elif self.state == "waiting":
            self.state = "inactive"
        elif self.state == "restarting":
            self.state = "stopping"

    def signal(self, number: int, *, everyone: bool) -> None:
        """Send a signal to the main process or to every process of the service."""
        for pid in self.members() if everyone else {self.pid}:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def tick(self) -> None:
        """Notice what has happened since the last time."""
        ended = self._process is not None and self._process.poll() is not None
        if self.state == "active" and ended:
            self._terminate(restart=True)
        elif self.state in ("stopping", "restarting"):
            self._wind_up(ended)
        elif self.state == "waiting" and time.monotonic() >= self._due:
            self.restarts += 1
            self.start()

    def _terminate(self, *, restart: bool = False) -> None:
        """SIGTERM as KillMode says; also to what a main process that has ended left behind."""
        self._deadline = time.monotonic() + self.unit.stop_seconds
        self.state = "restarting" if restart else "stopping"
        self.signal(signal.SIGTERM, everyone=self.unit.kill_mode == "control-group")

    def _wind_up(self, ended: bool) -> None:
        left = self.members()
        mixed = self.unit.kill_mode == "mixed" and ended
        if left and (mixed or time.monotonic() > self._deadline):
            self.killed += len(left)
            self.signal(signal.SIGKILL, everyone=True)
        elif ended and not left:
            self._process = None
            self._due = time.monotonic() + RESTART_SECONDS
            self.state = "waiting" if self.state == "restarting" else "inactive"

    def members(self) -> set[int]:
        """Every living process of the service: its session and whatever descends from one of it."""
        if not self.pid:
            return set()
        table = process_table()
        found = {pid for pid, (_, session) in table.items() if session == self.pid or pid in self._members}
        size = 0
        while size != len(found):
            size = len(found)
            found |= {pid for pid, (parent, _) in table.items() if parent in found}
        self._members = found
        return set(found)


def process_table() -> dict[int, tuple[int, int]]:
    """Parent and session of every process that has not ended."""
    table = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if fields[0] not in "ZX":
                    table[int(entry.name)] = (int(fields[1]), int(fields[3]))
    return table

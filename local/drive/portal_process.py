"""The portal as a person starts it: `make run` with ports and a LOCAL_DIR of its own."""

import os
import signal
import subprocess
from pathlib import Path

from local.drive.portal import Portal
from local.drive.processes import (
    LOOPBACK,
    children,
    cpu_seconds,
    descendants,
    free_ports,
    is_alive,
    mentioning,
)
from local.drive.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
STOP_SECONDS = 30.0
# An accepted upload whose message is lost is looked for this often; the product's default is a minute.
SWEEP_SECONDS = 5


class PortalProcess(Portal):
    """One `make run`, which can be stopped and started again on the same LOCAL_DIR."""

    def __init__(self, directory: Path) -> None:
        self.port, self.mail_port = free_ports(2)
        super().__init__(f"http://{LOOPBACK}:{self.port}", directory / "state")
        self.output = directory / "make-run.log"
        self.start_cpu_seconds = 0.0
        self._make: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run make and wait for the ready line; `start_cpu_seconds` is what all processes have worked until then."""
        before = len(self.lines())
        self._make = run_make(self.environment(), self.output)
        wait_until(lambda: self._is_ready(before), START_SECONDS, f"the ready line in {self.output}")
        self.start_cpu_seconds = cpu_seconds(self.pids())

    def stop(self) -> int:
        """SIGTERM to make alone; returns its exit code. Fails when make is not gone in time."""
        if self._make is None:
            return 0
        make, self._make = self._make, None
        make.send_signal(signal.SIGTERM)
        try:
            return make.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            for pid in self.pids():
                os.kill(pid, signal.SIGKILL)
            make.wait()
            raise

    def environment(self) -> dict[str, str]:
        """What a person's shell would hold, and the settings of this portal."""
        outer = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "MAKE", "MFLAGS"))}
        return {
            **outer,
            "PORT": str(self.port),
            "MAIL_PORT": str(self.mail_port),
            "LOCAL_DIR": str(self.local_dir),
            "SWEEP_SECONDS": str(SWEEP_SECONDS),
            "PASSKEYS": "true",
        }

    def lines(self) -> list[str]:
        """What make has printed so far."""
        return self.output.read_text().splitlines() if self.output.exists() else []

    @property
    def launcher(self) -> int:
        """The process that make runs and that starts the others."""
        assert self._make
        [pid] = children(self._make.pid)
        return pid

    def pids(self) -> set[int]:
        """Every living process that belongs to this portal: make, its descendants, and whoever names LOCAL_DIR."""
        found = descendants(self._make.pid) if self._make else set()
        return {pid for pid in found | mentioning(str(self.local_dir)) if is_alive(pid)}

    def _is_ready(self, before: int) -> bool:
        assert self._make
        lines = self.lines()[before:]
        if any(line == f"Image Portal is ready: {self.url}" for line in lines):
            return True
        if self._make.poll() is not None:
            raise AssertionError(f"make ended with {self._make.returncode}:\n" + "\n".join(lines))
        return False


def run_make(environment: dict[str, str], output: Path) -> "subprocess.Popen[bytes]":
    """`make run` in a session of its own, with what it prints appended to `output`."""
    with output.open("ab") as log:
        return subprocess.Popen(
            ["make", "run"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

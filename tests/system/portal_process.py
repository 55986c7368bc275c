"""The portal as a person starts it: `make run` with ports and a LOCAL_DIR of its own."""

import os
import random
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
import requests

from tests.support import wait_until

ROOT = Path(__file__).resolve().parents[2]
LOOPBACK = "127.0.0.1"
START_SECONDS = 60.0
STOP_SECONDS = 30.0
# An accepted upload whose message is lost is looked for this often; the product's default is a minute.
SWEEP_SECONDS = 5


class Portal:
    """A running portal, seen from outside by whoever knows its address and its LOCAL_DIR."""

    def __init__(self, url: str, local_dir: Path) -> None:
        self.url = url
        self.local_dir = local_dir

    @property
    def mail_url(self) -> str:
        """The mailbox's address, without a slash at the end."""
        return self.env()["MAILBOX_URL"].rstrip("/")

    def env(self) -> dict[str, str]:
        """LOCAL_DIR/env."""
        pairs = (line.partition("=") for line in (self.local_dir / "env").read_text().splitlines() if line)
        return {name: value for name, _, value in pairs}

    def pid_of(self, name: str) -> int:
        """The main process of `web`, `worker`, `clock`, `cloud`, `database` or `mailbox`."""
        return int((self.local_dir / "run" / f"{name}.pid").read_text().split()[0])

    def answers(self) -> bool:
        """Whether a web process answers now."""
        try:
            return requests.get(f"{self.url}/check-status", timeout=5).status_code == 200
        except requests.RequestException:
            return False


class PortalProcess(Portal):
    """One `make run`, which can be stopped and started again on the same LOCAL_DIR."""

    def __init__(self, directory: Path) -> None:
        self.port, self.mail_port = free_ports(2)
        super().__init__(f"http://{LOOPBACK}:{self.port}", directory / "state")
        self.output = directory / "make-run.log"
        self.start_seconds = 0.0
        self._make: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run make and wait for the ready line; `start_seconds` is how long that took."""
        before = len(self.lines())
        begun = time.monotonic()
        self._make = run_make(self.environment(), self.output)
        wait_until(lambda: self._is_ready(before), START_SECONDS, f"the ready line in {self.output}")
        self.start_seconds = time.monotonic() - begun

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

    def pids(self) -> list[int]:
        """Every living process that belongs to this portal: make, its descendants, and whoever names LOCAL_DIR."""
        found = descendants(self._make.pid) if self._make else set()
        mark = str(self.local_dir).encode()
        for pid in all_pids():
            if pid != os.getpid() and (mark in _read(pid, "cmdline") or mark in _read(pid, "environ")):
                found.add(pid)
        return sorted(pid for pid in found if is_alive(pid))

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


def free_ports(count: int) -> list[int]:
    """Loopback ports that were free a moment ago; below the range from which the kernel takes outgoing ones."""
    found: list[int] = []
    while len(found) < count:
        port = random.randint(12_000, 19_999)  # noqa: S311 - a port is no secret
        with socket.socket() as probe:
            if port not in found and probe.connect_ex((LOOPBACK, port)) != 0:
                found.append(port)
    return found


def all_pids() -> list[int]:
    """Every process of the machine."""
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def children(pid: int) -> list[int]:
    """Direct children of a process."""
    return [other for other in all_pids() if _parent(other) == pid]


def descendants(pid: int) -> set[int]:
    """A process and all that descend from it."""
    parents = {other: _parent(other) for other in all_pids()}
    found, size = {pid}, 0
    while len(found) > size:
        size = len(found)
        found |= {child for child, parent in parents.items() if parent in found}
    return found


def is_alive(pid: int) -> bool:
    """Whether the process exists and has not ended."""
    state = _read(pid, "stat").rpartition(b")")[2].split()
    return bool(state) and state[0] != b"Z"


def memory_mb(pids: list[int]) -> float:
    """Proportional memory of these processes in MB (2^20 bytes): shared pages count once over all."""
    return sum(_pss_kb(pid) for pid in pids) / 1024


def listening(pids: list[int]) -> set[str]:
    """Addresses on which these processes listen for TCP, as the kernel writes them: hexadecimal `address:port`."""
    inodes = set()
    for pid in pids:
        try:
            links = [os.readlink(entry) for entry in Path(f"/proc/{pid}/fd").iterdir()]
        except OSError:
            continue
        inodes |= {link[8:-1] for link in links if link.startswith("socket:[")}
    tables = (Path(f"/proc/net/{name}").read_text().splitlines()[1:] for name in ("tcp", "tcp6"))
    rows = [line.split() for table in tables for line in table]
    return {row[1] for row in rows if row[3] == "0A" and row[9] in inodes}


def _pss_kb(pid: int) -> int:
    found = re.search(rb"^Pss:\s+(\d+) kB", _read(pid, "smaps_rollup"), re.MULTILINE)
    return int(found[1]) if found else 0


def _parent(pid: int) -> int:
    fields = _read(pid, "stat").rpartition(b")")[2].split()
    return int(fields[1]) if fields else -1


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""


_shared: list[PortalProcess] = []


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> PortalProcess:
    """One portal for the whole test session, whichever folder asks first. Shared: use people of your own in it."""
    if not _shared:
        running = PortalProcess(tmp_path_factory.mktemp("portal"))
        request.session.addfinalizer(running.stop)
        running.start()
        _shared.append(running)
    return _shared[0]

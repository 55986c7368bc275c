"""Where the rehearsal's machines live: network namespaces behind a bridge, or different loopback addresses.

With namespaces the whole rehearsal, its balancer and its RDS and AWS too, runs in one namespace without any way out
(`enter`), and each instance in another. They have no names: when the last process has gone, so have they.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from local.process.ports import free_port

ENTERED = "REHEARSE_NAMESPACE"
BRIDGE = "portal"
GATEWAY = "10.77.0.1"


def possible() -> bool:
    """Whether this user may make network namespaces and links here."""
    if not all(shutil.which(program) for program in ("unshare", "nsenter", "ip")):
        return False
    attempt = ["unshare", "--net", "ip", "link", "add", "probe", "type", "veth", "peer", "name", "eborp"]
    done = subprocess.run(attempt, capture_output=True, check=False)  # noqa: S603 - our own command
    return done.returncode == 0


def enter(module: str) -> None:
    """Become `python -m module` in a new network namespace; the process id stays the same."""
    os.environ[ENTERED] = "1"
    command = ["unshare", "--net", "--", sys.executable, "-m", module]
    os.execvp(command[0], command)  # noqa: S606 - no shell is wanted


@dataclass
class Namespaces:
    """One namespace for each instance, 10.77.0.x, joined by a bridge. Only from within `enter`."""

    mode = "network namespaces"
    listen = "80"
    upstream = "127.0.0.1:8000"
    host = GATEWAY
    _numbers: dict[str, int] = field(default_factory=dict)

    def prepare(self) -> None:
        """Loopback and bridge."""
        ip("link", "set", "lo", "up")
        ip("link", "add", BRIDGE, "type", "bridge")
        ip("addr", "add", f"{GATEWAY}/24", "dev", BRIDGE)
        ip("link", "set", BRIDGE, "up")

    def seen_from_instances(self, local: str) -> str:
        """The address at which instances reach what listens on `local` (127.0.0.1:port)."""
        return local.replace("127.0.0.1", GATEWAY)

    def address(self, name: str) -> str:
        """Where nginx of an instance is reached."""
        number = self._numbers.setdefault(name, len(self._numbers) + 11)
        return f"10.77.0.{number}:80"

    def wrapped(self, argv: list[str]) -> list[str]:
        """A command that starts the machine whose process 1 it is."""
        return ["unshare", "--net", "--", *argv]

    def inside(self, pid: int, argv: list[str]) -> list[str]:
        """A command on the machine whose process 1 is `pid`."""
        return ["nsenter", f"--net=/proc/{pid}/ns/net", "--", *argv]

    def connect(self, name: str, pid: int) -> None:
        """Give a machine that has started its network card."""
        address = self.address(name).partition(":")[0]
        ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", str(pid))
        ip("link", "set", name, "master", BRIDGE, "up")
        for command in (
            ["link", "set", "lo", "up"],
            ["addr", "add", f"{address}/24", "dev", "eth0"],
            ["link", "set", "eth0", "up"],
        ):
            ip_command = self.inside(pid, ["ip", *command])
            subprocess.run(ip_command, check=True)  # noqa: S603 - our own commands

    def has(self, name: str) -> bool:
        """Whether a machine is connected: the kernel takes its card away a moment after its last process."""
        command = ["ip", "link", "show", "dev", name]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 - our own command

    def cable(self, name: str, *, plugged: bool) -> None:
        """Pull the machine's cable, or put it back."""
        ip("link", "set", name, "up" if plugged else "down")


@dataclass
class Loopback:
    """Every instance on an address 127.0.1.x of its own; for where namespaces are not allowed.

    The one change to the bundles: 127.0.0.1:8000 becomes that address.
    """

    mode = "loopback addresses"
    host = "127.0.0.1"
    _numbers: dict[str, int] = field(default_factory=dict)
    _port: int = field(default_factory=free_port)

    def prepare(self) -> None:
        """Nothing to do."""

    def seen_from_instances(self, local: str) -> str:
        """Everything is on the one loopback interface."""
        return local

    def address(self, name: str) -> str:
        """Where nginx of an instance is reached."""
        number = self._numbers.setdefault(name, len(self._numbers) + 11)
        return f"127.0.1.{number}:{self._port}"

    def wrapped(self, argv: list[str]) -> list[str]:
        """As it is."""
        return argv

    def inside(self, pid: int, argv: list[str]) -> list[str]:  # noqa: ARG002  # the other mode's signature
        """As it is."""
        return argv

    def connect(self, name: str, pid: int) -> None:
        """Nothing to do."""

    def has(self, name: str) -> bool:  # noqa: ARG002  # the other mode's signature
        """None is."""
        return False

    def cable(self, name: str, *, plugged: bool) -> None:
        """There is none to pull."""
        raise NotImplementedError


Network = Namespaces | Loopback


def ip(*arguments: str) -> None:
    """Run iproute2's ip. Raises CalledProcessError."""
    command = ["ip", *arguments]
    subprocess.run(command, check=True)  # noqa: S603 - our own commands


def namespace_of(pid: int | str) -> str:
    """The network namespace of a process, as the kernel names it; empty when it has gone."""
    try:
        return os.readlink(Path(f"/proc/{pid}/ns/net"))
    except OSError:
        return ""

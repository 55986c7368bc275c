"""The load balancer: HAProxy with the settings that the bundle's .ebextensions give the real one.

An application load balancer neither retries a request nor sends it to a second instance; so neither does this.
"""

import csv
import io
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.options.read import read_extensions

PROCESS = "aws:elasticbeanstalk:environment:process:default"
BALANCER = "aws:elbv2:loadbalancer"
BESIDE = "beside"
SOCKET, SPLITS = "haproxy.sock", "haproxy-splits"


@dataclass(frozen=True)
class HealthCheck:
    """The balancer's settings in .ebextensions; times in seconds. `factor` says how many times faster they run."""

    path: str
    interval: float
    timeout: float
    healthy: int
    unhealthy: int
    matcher: str
    idle_timeout: float
    deregistration: float
    factor: float = 1.0

    @classmethod
    def read(cls, root: Path, factor: float) -> "HealthCheck":
        """From the .ebextensions below `root`. Raises KeyError when one is not set."""
        found = {(s.namespace, s.option): s.value for s in read_extensions(root, "web")}

        def option(name: str, namespace: str = PROCESS) -> str:
            value = found[namespace, name]
            if value is None:
                raise KeyError(name)
            return value

        return cls(
            path=option("HealthCheckPath"),
            interval=float(option("HealthCheckInterval")),
            timeout=float(option("HealthCheckTimeout")),
            healthy=int(option("HealthyThresholdCount")),
            unhealthy=int(option("UnhealthyThresholdCount")),
            matcher=option("MatcherHTTPCode"),
            idle_timeout=float(option("IdleTimeout", BALANCER)),
            deregistration=float(option("DeregistrationDelay")),
            factor=factor,
        )

    @property
    def window_seconds(self) -> float:
        """How long, in the rehearsal, a dead instance may get requests: as many checks as it may fail.

        HAProxy counts the interval from the end of a check that times out; the real balancer is no slower.
        """
        return (self.interval + self.timeout) * self.unhealthy / self.factor

    def describe(self) -> str:
        """For the report."""
        return (
            f"{self.path} every {self.interval:.0f} s, timeout {self.timeout:.0f} s, down after {self.unhealthy}, "
            f"up after {self.healthy}; {self.factor:.0f} times as fast here"
        )


def config(
    health: HealthCheck,
    listen: str,
    instances: Mapping[str, str],
    beside: Mapping[str, str],
    wires: Mapping[str, str],
    folder: Path,
) -> str:
    """HAProxy's file. `beside` is a second target group, or environment, with the share of requests that a file in
    `folder` says. `wires` are plain TCP: address in the private network → where RDS or AWS really listens."""
    splits = folder / SPLITS
    splits.touch()

    def ms(seconds: float) -> int:
        return round(seconds * 1000)

    check = f"inter {ms(health.interval / health.factor)}ms fall {health.unhealthy} rise {health.healthy}"
    lines = [
        "global",
        "    maxconn 4000",
        f"    stats socket {folder / SOCKET} mode 600 level admin",
        "defaults",
        "    timeout connect 5s",
        "    retries 0",
        f"    timeout check {ms(health.timeout / health.factor)}ms",
        "frontend balancer",
        "    mode http",
        f"    bind {listen}",
        f"    timeout client {ms(health.idle_timeout)}ms",
        "    option forwardfor",
        # Its listener speaks HTTPS; here the client is spared the certificate and the application is told the same.
        "    http-request set-header X-Forwarded-Proto https",
        "    http-request set-header X-Forwarded-Port 443",
        f"    use_backend %[rand(100),map_int({splits},web)]",
    ]
    for group, servers in (("web", instances), (BESIDE, beside)):
        lines += [
            f"backend {group}",
            "    mode http",
            "    balance roundrobin",
            f"    timeout server {ms(health.idle_timeout)}ms",
            # Of checks it would otherwise be no limit. Requests are connected in less or never.
            f"    timeout connect {ms(health.timeout / health.factor)}ms",
            f"    option httpchk GET {health.path}",
            f"    http-check expect status {health.matcher}",
            *(f"    server {name} {address} check {check}" for name, address in servers.items()),
        ]
    for number, (near, far) in enumerate(wires.items()):
        lines += [
            f"listen wire{number}",
            "    mode tcp",
            f"    bind {near}",
            "    timeout client 300s",
            "    timeout server 300s",
            f"    server far {far}",
        ]
    return "\n".join(lines) + "\n"


class Admin:
    """HAProxy's administration socket, in the folder of its file."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / SOCKET
        self._splits = folder / SPLITS

    def ask(self, command: str) -> str:
        """The answer to a command."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(str(self._path))
            connection.sendall(command.encode() + b"\n")
            return connection.makefile().read()

    def row(self, server: str) -> dict[str, str]:
        """HAProxy's statistics of one instance: status, scur (requests under way), and so on."""
        rows = csv.DictReader(io.StringIO(self.ask("show stat").removeprefix("# ")))
        return next(row for row in rows if row["svname"] == server)

    def forget(self) -> None:
        """Count from nothing."""
        self.ask("clear counters all")

    def answers(self, server: str) -> tuple[int, int]:
        """How many requests it was given, and how many of them ended in 5xx, or in nothing."""
        row = self.row(server)
        failed = int(row["hrsp_5xx"]) + int(row["econ"]) + int(row["eresp"])
        return int(row["req_tot"]), failed

    def share(self, percent: int) -> None:
        """So many of 100 requests go to what is beside, the others to the instances that are always there."""
        more = f"; add map {self._splits} 0:{percent - 1} {BESIDE}" if percent else ""
        self.ask(f"clear map {self._splits}{more}")

    def up(self, server: str) -> bool:
        """Whether the balancer sends it requests."""
        return self.row(server)["status"].startswith("UP")

    def drain(self, server: str) -> None:
        """No new requests for it; those under way go on."""
        self.ask(f"set server web/{server} state drain")

    def register(self, server: str) -> None:
        """Requests again, once its checks succeed: a target that is registered begins as unknown."""
        self.ask(f"set server web/{server} health down")
        self.ask(f"set server web/{server} state ready")

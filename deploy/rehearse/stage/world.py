"""Everything together: RDS and AWS, two web instances behind the balancer, one worker instance with sqsd."""

import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from deploy.rehearse.machine.instance import Instance
from deploy.rehearse.machine.network import Network
from deploy.rehearse.prepare import Version
from deploy.rehearse.stage.balancer import SOCKET, Admin, HealthCheck, config
from deploy.rehearse.stage.truth import Truth
from local.drive.portal import Portal
from local.process.ports import free_port
from local.process.process import Process
from local.process.program import Program
from local.process.ready import wait_until
from local.stack import Stack

HAPROXY = "/usr/sbin/haproxy"
WEB = ("web-1", "web-2")
WORKER = "worker-1"
BESIDE = "web-3"
# The environment's properties in deploy/cloudformation/environments.yaml, beyond what the stack gives.
WEB_PROPERTIES = {"TRUSTED_PROXIES": "2", "COOKIE_SECURE": "true"}
NOT_FOR_INSTANCES = (
    "OPERATOR_USERNAME",
    "OPERATOR_PASSWORD",
    "MODERATOR_USERNAME",
    "MODERATOR_PASSWORD",
    "WATCHER_USERNAME",
    "WATCHER_PASSWORD",
    "MAILBOX_URL",
)


class World:
    """`start`, `deploy`; `stop` leaves nothing running. `venv_of` a bundle is the environment that it needs."""

    def __init__(
        self,
        folder: Path,
        network: Network,
        health: HealthCheck,
        venv_of: Callable[[Path], Path],
        minute_seconds: float,
    ) -> None:
        self.network = network
        self.health = health
        self.minute_seconds = minute_seconds
        self.instances: dict[str, Instance] = {}
        self.balancer = f"{network.host}:{free_port()}"
        self.portal = Portal(f"http://{self.balancer}", folder / "stack")
        self._folder = folder
        self.venv_of = venv_of
        self._stack = Stack(folder / "stack")
        self._haproxy: Process | None = None

    def start(self) -> None:
        """Everything but the versions."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        self.network.prepare()
        self._stack.start()
        for name in (*WEB, WORKER):
            self.boot(name)
        self._start_balancer()
        self.truth = Truth(self._stack)

    def boot(self, name: str) -> None:
        """Start a machine, empty."""
        properties = self._properties({} if name == WORKER else WEB_PROPERTIES)
        self.instances[name] = Instance(name, self._folder / name, self.network, properties)
        self.instances[name].boot()

    def begin_beside(self, version: Version) -> None:
        """A machine beside the others has a version, and is healthy at the balancer, which counts anew."""
        self.boot(BESIDE)
        self.deploy(BESIDE, version)
        self.wait_for(BESIDE)
        self.admin.forget()

    def wait_for(self, name: str) -> None:
        """Until the balancer's checks have found a web instance healthy."""
        wait(lambda: self.admin.up(name), 60, f"{name} is healthy at the balancer")

    def end(self, name: str) -> None:
        """Switch a machine off for good; nothing is to reach it any more."""
        self.instances.pop(name).stop()
        shutil.rmtree(self._folder / name)
        wait(lambda: not self.network.has(name), 20, f"the cable of {name} has gone")

    def deploy(self, name: str, version: Version) -> None:
        """Install a version on one instance and wait until it is healthy. The balancer is the caller's business."""
        instance = self.instances[name]
        bundle = version.worker if name == WORKER else version.web
        instance.deploy(bundle, self.venv_of(bundle))
        wait(instance.healthy, 60, f"{name} answers")
        if name == WORKER and "sqsd" not in instance.control.status():
            cron, log = instance.current / "cron.yaml", instance.log / "ticks.jsonl"
            url = "http://127.0.0.1:80" if hasattr(self.network, "listen") else instance.url
            sqsd = f"{sys.executable} -m deploy.rehearse.machine.sqsd"
            instance.add_service("sqsd", f"exec {sqsd} {cron} {url} {log} {self.minute_seconds}")

    def stop(self) -> None:
        """Everything, in the order of what depends on what; safe at any time."""
        for instance in self.instances.values():
            instance.stop()
        if self._haproxy:
            self._haproxy.stop(2)
            self._haproxy = None
        self._stack.stop()

    def __enter__(self) -> "World":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def web(self) -> list[Instance]:
        """The web tier's instances."""
        return [self.instances[name] for name in WEB]

    @property
    def worker(self) -> Instance:
        """The worker tier's instance."""
        return self.instances[WORKER]

    @property
    def admin(self) -> Admin:
        """The balancer's own view."""
        return Admin(self._folder)

    def ticks(self, since: float = 0.0) -> list[dict[str, Any]]:
        """What sqsd was answered since a moment (seconds since 1970)."""
        file = self.worker.log / "ticks.jsonl"
        lines = file.read_text().splitlines() if file.exists() else []
        return [tick for tick in map(json.loads, lines) if tick["at"] >= since]

    def _properties(self, more: dict[str, str]) -> dict[str, str]:
        given = {key: value for key, value in self._stack.env.items() if key not in NOT_FOR_INSTANCES}
        return {key: self._seen(value) for key, value in (given | more).items()}

    def _seen(self, value: str) -> str:
        return self.network.seen_from_instances(value) if "127.0.0.1:" in value else value

    def _start_balancer(self) -> None:
        local = [
            self._stack.env["AWS_ENDPOINT_URL"].partition("//")[2],
            f"127.0.0.1:{self._stack.database.port}",
        ]
        wires = {near: far for far in local if (near := self.network.seen_from_instances(far)) != far}
        web, beside = ({name: self.network.address(name) for name in names} for names in (WEB, [BESIDE]))
        file = self._folder / "haproxy.cfg"
        file.write_text(config(self.health, self.balancer, web, beside, wires, self._folder))
        program = Program("haproxy", [HAPROXY, "-db", "-f", str(file)], os.environ, self._folder)
        self._haproxy = Process(program)
        wait_until((self._folder / SOCKET).exists, self._haproxy, 10, lambda: None)


def wait(condition: Any, seconds: float, what: str) -> float:
    """Wait until the condition holds; how long that took. Raises TimeoutError with `what`."""
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > seconds:
            raise TimeoutError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.05)
    return time.monotonic() - begun

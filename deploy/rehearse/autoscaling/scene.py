"""Everything that the live rehearsal needs around the instances: RDS and AWS, balancer, package server, people."""

import json
import os
import shutil
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from deploy.rehearse.autoscaling.counters import received_by_balancer, received_by_card
from deploy.rehearse.autoscaling.fleet import BundleFleet, Recipe, slots
from deploy.rehearse.machine.network import Network
from deploy.rehearse.stage.balancer import SOCKET, Admin, HealthCheck, config
from deploy.rehearse.stage.truth import Truth
from deploy.rehearse.stage.world import HAPROXY, NOT_FOR_INSTANCES, WEB_PROPERTIES
from local.drive.portal import Portal
from local.process.environment import product_env
from local.process.ports import free_port
from local.process.process import Process
from local.process.program import Program
from local.process.ready import run_to_end, wait_until
from local.stack import Stack

# What a real instance downloads before it serves: bundle, packages, the platform's own.
BOOT_BYTES = 60_000_000
# More launches than the rehearsal's group may make.
LAUNCHES = 8


class Scene:
    """`with Scene(...) as scene`: the stack runs, the balancer has no instances yet, nobody is at work."""

    def __init__(self, folder: Path, network: Network, health: HealthCheck, bundle: Path, venv: Path) -> None:
        self.folder = folder
        self.health = health
        self.network = network
        self.stack = Stack(folder / "stack")
        self.portal = Portal(f"http://{network.host}:{free_port()}", folder / "stack")
        self.admin = Admin(folder)
        self._bundle = bundle
        self._venv = venv
        self._helpers: list[Process] = []
        self._fleet: BundleFleet | None = None

    def __enter__(self) -> "Scene":
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    @property
    def fleet(self) -> BundleFleet:
        """The instances."""
        assert self._fleet  # noqa: S101 - for the type checker
        return self._fleet

    @property
    def truth(self) -> Truth:
        """What the stores hold."""
        return Truth(self.stack)

    def crowd(self, name: str, what: str, every_seconds: float, tokens: list[str]) -> Process:
        """Set people to work (deploy.rehearse.autoscaling.crowd); `requests(name)` tells what they met."""
        argv = [
            sys.executable,
            "-m",
            "deploy.rehearse.autoscaling.crowd",
            what,
            self.portal.url,
            str(self._log(name)),
            str(every_seconds),
            *tokens,
        ]
        crowd = Process(Program(name, argv, product_env(os.environ, {"NO_PROXY": "*"}), self.folder))
        self._helpers.append(crowd)
        return crowd

    def requests(self, name: str) -> list[dict[str, Any]]:
        """Every request of a crowd so far."""
        file = self._log(name)
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.jsonl"

    def _start(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.network.prepare()
        self.stack.start()
        schema = [sys.executable, "-m", "shared.migrations"]
        env = product_env(os.environ, self.stack.env)
        run_to_end(Program("schema", schema, env, self.folder), 120, lambda: None)
        self._start_balancer()
        recipe = Recipe(self._bundle, self._venv, self._properties(), self._start_package_server())
        self._fleet = BundleFleet(
            recipe,
            self.folder,
            self.network,
            self.admin,
            self.health,
            (lambda instance: received_by_card(instance.init_pid))
            if hasattr(self.network, "listen")
            else (lambda instance: received_by_balancer(self.admin, instance.name)),
        )

    def _stop(self) -> None:
        for helper in reversed(self._helpers[1:]):
            helper.stop(1)
        if self._fleet:
            self._fleet.stop()
        for helper in self._helpers[:1]:
            helper.stop(2)
        self.stack.stop()
        # More than a gigabyte of pictures that nobody will look at.
        shutil.rmtree(self.stack.directory / "cloud", ignore_errors=True)

    def _start_balancer(self) -> None:
        local = [
            self.stack.env["AWS_ENDPOINT_URL"].partition("//")[2],
            f"127.0.0.1:{self.stack.database.port}",
        ]
        wires = {near: far for far in local if (near := self.network.seen_from_instances(far)) != far}
        instances = {name: self.network.address(name) for name in slots(LAUNCHES)}
        listen = self.portal.url.partition("//")[2]
        file, socket = self.folder / "haproxy.cfg", self.folder / SOCKET
        file.write_text(config(self.health, listen, instances, {}, wires, self.folder))
        self._helpers.append(
            Process(Program("haproxy", [HAPROXY, "-db", "-f", str(file)], os.environ, self.folder))
        )
        wait_until(socket.exists, self._helpers[0], 10, lambda: None)
        for name in instances:
            self.admin.ask(f"set server web/{name} state maint")

    def _start_package_server(self) -> str:
        """The address of what instances download; its size is compressed like time."""
        files = self.folder / "packages"
        files.mkdir()
        with (files / "packages.bin").open("wb") as packages:
            packages.truncate(round(BOOT_BYTES / self.health.factor))
        port = free_port()
        argv = [sys.executable, "-m", "http.server", str(port), "--bind", self.network.host, "-d", str(files)]
        self._helpers.append(Process(Program("packages", argv, os.environ, self.folder)))
        return f"http://{self.network.host}:{port}/packages.bin"

    def _properties(self) -> dict[str, str]:
        given = {key: value for key, value in self.stack.env.items() if key not in NOT_FOR_INSTANCES}
        # Four instances share the cores of one machine.
        given |= WEB_PROPERTIES | {"WEB_WORKERS": "1"}
        return {
            key: self.network.seen_from_instances(value) if "127.0.0.1:" in value else value
            for key, value in given.items()
        }

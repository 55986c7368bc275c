"""Instances from the shipped web bundle, each a machine of its own, behind HAProxy."""

import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deploy.rehearse.autoscaling.controller import Phase
from deploy.rehearse.machine.instance import Instance
from deploy.rehearse.machine.network import Network
from deploy.rehearse.stage.balancer import Admin, HealthCheck
from local.console import LocalError, tail
from local.process.process import Process
from local.process.program import Program

DOWNLOAD = "import sys, urllib.request as u; u.build_opener(u.ProxyHandler({})).open(sys.argv[1]).read()"


def slots(count: int) -> list[str]:
    """Names of the first `count` instances that will be launched; a name is never used again."""
    return [f"web-{number}" for number in range(1, count + 1)]


@dataclass(frozen=True)
class Recipe:
    """What an instance is made from. `boot_url` is what it downloads first, as a real one does its packages."""

    bundle: Path
    venv: Path
    properties: dict[str, str]
    boot_url: str


@dataclass
class _Member:
    instance: Instance
    download: Process
    phase: Phase = Phase.STARTING
    deployed: bool = False
    leaves_at: float = 0.0


class BundleFleet:
    """Implements deploy.rehearse.autoscaling.controller.Fleet. `counter` tells an instance's received bytes."""

    def __init__(
        self,
        recipe: Recipe,
        folder: Path,
        network: Network,
        admin: Admin,
        health: HealthCheck,
        counter: Callable[[Instance], int],
    ) -> None:
        self._recipe = recipe
        self._folder = folder
        self._network = network
        self._admin = admin
        self._health = health
        self._counter = counter
        self._members: dict[str, _Member] = {}  # oldest first
        self._made = 0

    def start_instance(self) -> str:
        """Switch a machine on; its download begins."""
        self._made += 1
        name = slots(self._made)[-1]
        folder = self._folder / name
        shutil.rmtree(folder, ignore_errors=True)
        instance = Instance(name, folder, self._network, self._recipe.properties)
        instance.boot()
        command = self._network.inside(
            instance.init_pid, [sys.executable, "-c", DOWNLOAD, self._recipe.boot_url]
        )
        self._members[name] = _Member(instance, Process(Program("download", command, os.environ, folder)))
        return name

    def stop_instance(self) -> str:
        """Take the oldest serving one out of the balancer; it goes when its requests are answered, or in time."""
        name = next(name for name, member in self._members.items() if member.phase is Phase.SERVING)
        member = self._members[name]
        self._admin.drain(name)
        member.phase = Phase.LEAVING
        member.leaves_at = time.monotonic() + self._health.deregistration / self._health.factor
        return name

    def instances(self) -> dict[str, Phase]:
        """All that exist, oldest first."""
        return {name: member.phase for name, member in self._members.items()}

    def received_bytes(self, name: str) -> int:
        """The instance's counter."""
        return self._counter(self._members[name].instance)

    def tend(self) -> None:
        """Install what is downloaded, note what the balancer has taken in, let go what is done."""
        for name, member in list(self._members.items()):
            if member.phase is Phase.LEAVING:
                self._let_go(name, member)
            elif not member.deployed:
                self._deploy(name, member)
            elif member.phase is Phase.STARTING and self._admin.up(name):
                member.phase = Phase.SERVING

    def stop(self) -> None:
        """Switch everything off at once."""
        for member in self._members.values():
            member.download.stop(0)
            member.instance.stop()
        self._members.clear()

    def _deploy(self, name: str, member: _Member) -> None:
        if member.download.code is None:
            return
        if member.download.code:
            log = member.download.program.log
            raise LocalError(f"{name} could not download its packages. The log ends with:\n{tail(log)}")
        member.instance.deploy(self._recipe.bundle, self._recipe.venv)
        member.deployed = True
        self._admin.register(name)

    def _let_go(self, name: str, member: _Member) -> None:
        under_way = int(self._admin.row(name)["scur"])
        if not under_way or time.monotonic() > member.leaves_at:
            member.instance.stop()
            self._admin.ask(f"set server web/{name} state maint")
            del self._members[name]

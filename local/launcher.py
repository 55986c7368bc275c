"""The portal on this machine: the stack, then the product's processes as the Procfile says.

Order of start: database, mailbox, local cloud, provisioning (local/stack.py); schema; web, worker, clock; ready. The
order of stopping is the reverse of what depends on what.
"""

import os
import sys
import time
from pathlib import Path

from local.console import say, step
from local.process.environment import product_env
from local.process.ports import LOOPBACK
from local.process.process import Process
from local.process.procfile import Procfile
from local.process.program import Program
from local.process.ready import run_to_end, status_of, wait_until
from local.process.stop_requests import StopRequests
from local.process.supervisor import Supervisor, stop_together
from local.settings import RunSettings
from local.stack import Stack


class Launcher:
    """One running portal; `start`, `watch` until asked to stop, `stop`."""

    def __init__(self, settings: RunSettings, requests: StopRequests) -> None:
        self._settings = settings
        self._requests = requests
        self._url = f"http://{LOOPBACK}:{settings.port}"
        self._stack = Stack(
            settings.directory,
            mail_port=settings.mail_port,
            avoid_ports=(settings.port, settings.mail_port),
            interrupted=requests.raise_if_any,
        )
        self._tiers: dict[str, Process] = {}

    def start(self) -> None:
        """Start everything and say so; raises LocalError or Stopped."""
        procfile = Procfile()
        self._stack.start()
        self._requests.raise_if_any()
        with step("schema"):
            run_to_end(self._schema(), 300, self._requests.raise_if_any)
        # Web first and alone: with two cores its imports decide when the portal is ready.
        with step("web"):
            web = self._start_tier(procfile, "web")
            wait_until(lambda: self._answers("/check-status"), web, 60, self._all_alive)
        with step("worker, clock"):
            for name in ("worker", "clock"):
                self._start_tier(procfile, name)
            wait_until(lambda: self._answers("/readyz"), web, 60, self._all_alive)
        self._announce()

    def watch(self) -> None:
        """Keep all running until asked to stop."""
        supervisor = Supervisor([*self._stack.processes, *self._tiers.values()])
        while not self._requests.count:
            supervisor.look()
            time.sleep(0.1)

    def stop(self) -> None:
        """Web, clock and worker first, then what they depend on."""
        ordered = [self._tiers[name] for name in ("web", "clock", "worker") if name in self._tiers]
        stop_together(ordered, self._requests.urgent)
        self._stack.stop()

    def _schema(self) -> Program:
        # On Beanstalk a hook does this, not a process of the Procfile.
        argv = [sys.executable, "-m", "shared.migrations"]
        return Program("schema", argv, product_env(os.environ, self._stack.env), self._settings.directory)

    def _start_tier(self, procfile: Procfile, name: str) -> Process:
        # Who owns the tables is for the migrations alone.
        known = {k: v for k, v in self._stack.env.items() if k != "MIGRATIONS_DATABASE_URL"}
        settings = {**known, "PORT": str(self._settings.port)}
        process = Process(procfile.program(name, self._settings.directory, os.environ, settings))
        self._tiers[name] = process
        return process

    def _answers(self, path: str) -> bool:
        return status_of(self._url + path) == 200

    def _all_alive(self) -> None:
        self._requests.raise_if_any()
        for process in (*self._stack.processes, *self._tiers.values()):
            if process.code is not None:
                wait_until(lambda: False, process, 0, lambda: None)  # raises, with the end of its log

    def _announce(self) -> None:
        directory = self._settings.directory
        say(f"  Mailbox (verification codes)  {self._stack.mail_url}")
        for who in ("Operator", "Moderator"):
            name, password = (self._stack.env[f"{who.upper()}_{what}"] for what in ("USERNAME", "PASSWORD"))
            say(f"  {who:<30}{name} / {password}")
        say(f"  Settings and keys             {_short(directory / 'env')}")
        say(f"  Logs                          {_short(directory / 'log')}/*.log")
        say(f"Image Portal is ready: {self._url}")


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)

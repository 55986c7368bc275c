"""`make run`: the whole portal in the foreground, until Ctrl-C or SIGTERM.

Order of start: what a killed launcher left behind is stopped; database, mailbox, local cloud, provisioning
(local/stack.py); schema; web, worker, clock; ready. The order of stopping is the reverse of what depends on what.
"""

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from local import settings as run_settings
from local.console import LocalError, complain, say, step
from local.leftovers import stop_leftovers
from local.lock import DirectoryLock
from local.ports import LOOPBACK
from local.processes import Process, Program, run_to_end, set_death_signal, wait_until
from local.settings import RunSettings
from local.stack import Stack, product_env, status_of
from local.supervisor import Supervisor, stop_together


class Stopped(Exception):
    """The person asked to stop while the portal was starting."""


class StopRequests:
    """Counts SIGINT, SIGTERM and SIGHUP. The handler only counts; the launcher looks when it is safe to act."""

    def __init__(self) -> None:
        self.count = 0
        self.number = 0

    def install(self) -> None:
        """Take over the three signals (SIGHUP stays ignored under nohup)."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._note)

    def raise_if_any(self) -> None:
        """Raise Stopped after the first request."""
        if self.count:
            raise Stopped

    def urgent(self) -> bool:
        """Whether it was asked more than once."""
        return self.count > 1

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.count += 1
        self.number = number


class Portal:
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
        self._tiers: list[Process] = []

    def start(self) -> None:
        """Start everything and say so; raises LocalError or Stopped."""
        self._stack.start()
        self._requests.raise_if_any()
        env = product_env(os.environ, self._stack.env)
        with step("schema"):
            schema = [sys.executable, "-m", "shared.migrations"]
            run_to_end(self._program("schema", schema, env), 300, self._requests.raise_if_any)
        # Web first and alone: with two cores its imports decide when the portal is ready.
        programs = [self._program(name, argv, env) for name, *argv in _tiers(self._settings.port)]
        with step("web"):
            web = Process(programs[0])
            self._tiers.append(web)
            wait_until(lambda: self._answers("/check-status"), web, 60, self._all_alive)
        with step("worker, clock"):
            self._tiers.extend(Process(program) for program in programs[1:])
            wait_until(lambda: self._answers("/readyz"), web, 60, self._all_alive)
        self._announce()

    def watch(self) -> None:
        """Keep all running until asked to stop."""
        supervisor = Supervisor([*self._stack.processes, *self._tiers])
        while not self._requests.count:
            supervisor.look()
            time.sleep(0.1)

    def stop(self) -> None:
        """Web, clock and worker first, then what they depend on."""
        by_name = {process.program.name: process for process in self._tiers}
        ordered = [by_name[name] for name in ("web", "clock", "worker") if name in by_name]
        stop_together(ordered, self._requests.urgent)
        self._stack.stop()

    def _program(self, name: str, argv: list[str], env: dict[str, str]) -> Program:
        return Program(name, argv, env, self._settings.directory)

    def _answers(self, path: str) -> bool:
        return status_of(self._url + path) == 200

    def _all_alive(self) -> None:
        self._requests.raise_if_any()
        for process in (*self._stack.processes, *self._tiers):
            if process.code is not None:
                wait_until(lambda: False, process, 0, lambda: None)  # raises, with the end of its log

    def _announce(self) -> None:
        directory = self._settings.directory
        say(f"  Mailbox (verification codes)  {self._stack.mail_url}")
        say(
            f"  Operator                      {self._stack.env['OPERATOR_USERNAME']} / "
            f"{self._stack.env['OPERATOR_PASSWORD']}"
        )
        say(f"  Settings and keys             {_short(directory / 'env')}")
        say(f"  Logs                          {_short(directory / 'log')}/*.log")
        say(f"Image Portal is ready: {self._url}")


def _tiers(port: int) -> list[list[str]]:
    """The product's processes: name and command of each."""
    gunicorn = ["--config", "web/gunicorn.conf.py", "--bind", f"{LOOPBACK}:{port}", "web.wsgi:app"]
    celery = ["--app", "worker.app", "worker", "--concurrency", "2", "--loglevel", "INFO"]
    python = [sys.executable, "-m"]
    return [
        ["web", *python, "gunicorn", *gunicorn],
        ["worker", *python, "celery", *celery],
        ["clock", *python, "worker.sweep.clock"],
    ]


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def main() -> int:
    """Exit code 0 after a stop that was asked for, 1 after a failure, 128 + signal when stopped while starting."""
    requests = StopRequests()
    requests.install()
    if "MAKELEVEL" in os.environ:
        # Started by make: when make is killed, nobody could stop the portal any more.
        set_death_signal(signal.SIGTERM)
    try:
        settings = run_settings.load(os.environ)
        with DirectoryLock(settings.directory):
            return _run(settings, requests)
    except (LocalError, OSError) as error:
        complain(str(error))
        return 1


def _run(settings: RunSettings, requests: StopRequests) -> int:
    if names := stop_leftovers(settings.directory):
        say(f"Stopped what an earlier run left behind: {', '.join(names)}")
    run_settings.check_ports(settings)
    portal = Portal(settings, requests)
    try:
        portal.start()
        portal.watch()
    except Stopped:
        return 128 + requests.number
    finally:
        if requests.count:
            say("Stopping…")
        portal.stop()
    say("Stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""A rehearsal from beginning to end, inside its network.

`python -m deploy.rehearse.run`, started by deploy.rehearse.__main__.
"""

import os
import signal
import sys
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType

from deploy.rehearse.checks import basic, beside, faults, rolling, strangers
from deploy.rehearse.machine.init import MARKER
from deploy.rehearse.machine.network import ENTERED, Loopback, Namespaces
from deploy.rehearse.prepare import BUILD, CURRENT, OLD, OLD_COMMIT, environment
from deploy.rehearse.report import Report
from deploy.rehearse.stage.balancer import HealthCheck
from deploy.rehearse.stage.world import WEB, WORKER, World, wait
from local.console import LocalError, complain
from local.drive.people import Person, new_person
from local.process.kernel import set_death_signal
from local.process.lock import DirectoryLock

HEALTH_FACTOR = 5.0  # the balancer's checks run this many times as fast
MINUTE_SECONDS = 10.0  # sqsd's minute


UPGRADE = "an upgrade from the last release"
CHECKS: dict[str, Callable[[World, Person, Report], None]] = {
    UPGRADE: rolling.upgrade,
    "large files": basic.large_files,
    "strangers": strangers.strangers,
    "many uploads from one address": strangers.one_address,
    "a dead web process, a dark instance, a silent worker, slow clients": faults.silent_worker,
    "stopping the worker in mid-work": faults.stopped_worker,
    "a lost message": basic.lost_message,
    "a later version, and back": rolling.there_and_back,
    "a canary, and a broken one": beside.canary,
    "blue and green, and a broken one": beside.blue_green,
}


def main() -> int:
    """Exit code 0 when every check passed."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    if "MAKELEVEL" in os.environ:
        # Started by make: when make is killed, nobody could stop the rehearsal any more.
        set_death_signal(signal.SIGTERM)
    os.environ[MARKER] = uuid.uuid4().hex
    parts = os.environ.get("PARTS", "").split(",") if os.environ.get("PARTS") else []
    if os.environ.get("QUICK") == "1":
        parts = ["large files", "strangers", "a lost message"]
    report = Report()
    try:
        # Also what goes wrong between the groups of checks is a failed check, with a report of all the others.
        with DirectoryLock(BUILD), report.part("the rehearsal"):
            _rehearse(report, parts)
    except (KeyboardInterrupt, LocalError) as error:
        complain(str(error) or "Stopped.")
        report.check("the rehearsal goes to its end", False, str(error)[:300] or "stopped")
    left = leftovers()
    report.check("nothing of the rehearsal is left", not left, f"{len(left)} processes")
    return report.close(BUILD / "report.json")


def _rehearse(report: Report, parts: list[str]) -> None:
    """All parts, or those whose titles begin with one of `parts`; starting is always one."""
    network = Namespaces() if os.environ.get(ENTERED) else Loopback()
    health = HealthCheck.read(BUILD / "tree", HEALTH_FACTOR)
    wanted = [title for title in CHECKS if not parts or title.startswith(tuple(parts))]
    first = OLD if UPGRADE in wanted else CURRENT
    report.fact("network", network.mode)
    report.fact("health check", health.describe())
    report.fact("sqsd", f"a minute of cron.yaml lasts {MINUTE_SECONDS:.0f} s")
    report.fact("the last release", os.environ.get(OLD_COMMIT, ""))
    world = World(BUILD / "run", network, health, environment, MINUTE_SECONDS)
    with world:
        begun = time.monotonic()
        world.start()
        # All at once, as in new environments: their migrations meet on an empty database.
        with ThreadPoolExecutor(3) as threads:
            list(threads.map(lambda name: world.deploy(name, first), (WORKER, *WEB)))
        with report.part("starting"):
            basic.boot(world, first, report, time.monotonic() - begun)
        wait(lambda: all(world.admin.up(name) for name in WEB), 30, "the balancer has both web instances")
        person = new_person(world.portal)
        for title in wanted:
            with report.part(title):
                CHECKS[title](world, person, report)
        basic.closed_in(world, leftovers() | {os.getpid()}, report)


def leftovers() -> set[int]:
    """Every other living process that was started in this run."""
    mark = f"{MARKER}={os.environ[MARKER]}".encode()
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.add(int(entry.name))
            except OSError:
                continue
    return found


def _stop(number: int, _frame: FrameType | None) -> None:
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)  # once is enough: tidying up must not be cut off
    raise KeyboardInterrupt(f"Stopped by {signal.Signals(number).name}.")


if __name__ == "__main__":
    sys.exit(main())

"""The two tests of the product's first report, live: scale out under simultaneous large uploads, scale in after.

Started by `make rehearse-autoscaling`, inside a network of its own (deploy.rehearse.autoscaling.__main__).
Decisions are the policy's of .ebextensions, over counters of real network cards; only time is compressed, and the
bytes with it.
"""

import os
import signal
import statistics
import sys
import time
import uuid
from collections.abc import Callable
from itertools import pairwise
from types import FrameType

from deploy.rehearse.autoscaling.autoscaler import Minute
from deploy.rehearse.autoscaling.controller import Controller, Phase
from deploy.rehearse.autoscaling.policy import NotUnderstood, read_policy
from deploy.rehearse.autoscaling.scene import Scene
from deploy.rehearse.machine.init import MARKER
from deploy.rehearse.machine.network import ENTERED, Loopback, Namespaces
from deploy.rehearse.prepare import ROOT, environment
from deploy.rehearse.report import Report
from deploy.rehearse.run import leftovers
from deploy.rehearse.stage.balancer import HealthCheck
from deploy.rehearse.stage.truth import Truth
from local.console import LocalError, complain, say
from local.drive.people import new_person

FOLDER = ROOT / "build" / "rehearse" / "autoscaling"
BUNDLE = FOLDER / "web.zip"
MINUTE_SECONDS = 3.0
FACTOR = 60 / MINUTE_SECONDS
PEOPLE = 4
LEAST_SHARE = 0.15
# Uploads that the full group shares before its shares are taken: fourteen for each of four.
SHARED_UPLOADS = 56
GIVE_UP_MINUTES = 45


def main() -> int:
    """Exit code 0 when every check passed."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]  # a proxy is for the world outside, and there is none in here
    os.environ[MARKER] = uuid.uuid4().hex
    report = Report()
    try:
        _rehearse(report)
    except (KeyboardInterrupt, LocalError, NotUnderstood, TimeoutError) as error:
        complain(str(error) or "Stopped.")
        report.check("the rehearsal goes to its end", False, str(error)[:300] or "stopped")
    left = leftovers()
    report.check("nothing of the rehearsal is left", not left, f"{len(left)} processes")
    return report.close(FOLDER / "report.json")


def _rehearse(report: Report) -> None:
    network = Namespaces() if os.environ.get(ENTERED) else Loopback()
    policy = read_policy(ROOT)
    report.fact("network", network.mode)
    report.fact("time", f"a minute lasts {MINUTE_SECONDS:.0f} s; bytes count {FACTOR:.0f} times")
    report.fact(
        "policy",
        f"{policy.min_size} to {policy.max_size}, above {policy.upper_bytes:,} and below {policy.lower_bytes:,} bytes "
        f"for {policy.evaluation_periods} × {policy.period_minutes} min, cooldown {policy.cooldown_seconds} s",
    )
    health = HealthCheck.read(ROOT, FACTOR)
    with Scene(FOLDER / "run", network, health, BUNDLE, environment(BUNDLE)) as scene:
        for _ in range(policy.min_size):
            scene.fleet.start_instance()
        _wait(
            lambda: all(p is Phase.SERVING for p in _tended(scene).values()), 60, "the first instances serve"
        )
        tokens = [new_person(scene.portal).token for _ in range(PEOPLE)]
        pages = scene.crowd("pages", "pages", 0.25, tokens[:1])
        controller = Controller(scene.fleet, policy, MINUTE_SECONDS, time.monotonic, _print_minute(scene))
        live = Live(scene, controller, report)
        uploads = scene.crowd("uploads", "uploads", MINUTE_SECONDS, tokens)
        live.scale_out()
        uploads.stop(30)
        live.nothing_lost(scene.truth)
        live.scale_in()
        pages.stop(15)
        live.nobody_noticed()


class Live:
    """The checks, in the order of events."""

    def __init__(self, scene: Scene, controller: Controller, report: Report) -> None:
        self._scene = scene
        self._controller = controller
        self._report = report
        self._policy = controller.policy

    def scale_out(self) -> None:
        """From the smallest to the largest size while people upload, then everybody's share."""
        most = self._policy.max_size
        self._until(lambda: self._serving() == most, f"{most} instances serve")
        done = len(self._controller.minutes)
        grown = [m for m in self._controller.minutes if m.change]
        steps = _path(self._policy.min_size, grown)
        self._report.check(
            "scale out: under simultaneous large uploads the group grows one by one to its largest size",
            steps == list(range(self._policy.min_size, most + 1)),
            f"{_arrows(steps)}, decided in minutes {_listed(grown)}, all serving in minute {done}",
        )
        before = self._received()
        accepted = len(self._accepted())
        self._until(lambda: len(self._accepted()) >= accepted + SHARED_UPLOADS, "the group shares uploads")
        after = self._received()
        total = sum(after.values()) - sum(before.values())
        shares = {name: (after[name] - before[name]) / total for name in after if name in before}
        self._report.check(
            f"scale out: every instance takes its part of the traffic, {LEAST_SHARE:.0%} at least",
            len(shares) == most and min(shares.values()) >= LEAST_SHARE,
            ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
            + f" of {total / 1e6:,.0f} MB in {len(self._accepted()) - accepted} uploads",
        )

    def nothing_lost(self, truth: Truth) -> None:
        """Each accepted upload is there once, and nothing else is."""
        sent = self._scene.requests("uploads")
        accepted = self._accepted()
        sizes = [request["bytes"] for request in sent]
        self._report.check(
            "scale out: every upload is accepted",
            bool(sent) and len(accepted) == len(sent),
            f"{len(accepted)} of {len(sent)}, {min(sizes) / 1e6:.0f} to {max(sizes) / 1e6:.0f} MB, "
            f"{sum(sizes) / 1e6:,.0f} MB in all, median {statistics.median(r['seconds'] for r in sent):.1f} s",
        )
        keys = [key.split("/") for key in truth.keys("staging/")]
        manifests = sorted(parts[2] for parts in keys if parts[3] == "manifest")
        files = sorted(parts[2] for parts in keys if parts[3].startswith("bytes-"))
        wanted = sorted(accepted)
        self._report.check(
            "scale out: every accepted upload is there exactly once: one manifest, one file, one message",
            manifests == wanted and files == wanted and truth.depth() == len(wanted),
            f"{len(wanted)} accepted, {len(manifests)} manifests, {len(files)} files, {truth.depth()} messages",
        )

    def scale_in(self) -> None:
        """Back to the smallest size once nobody uploads."""
        least, before = self._policy.min_size, len(self._controller.minutes)
        self._until(
            lambda: self._controller.size == least and len(self._scene.fleet.instances()) == least,
            f"{least} instances are left",
        )
        shrunk = [m for m in self._controller.minutes[before:] if m.change]
        steps = _path(self._policy.max_size, shrunk)
        self._report.check(
            "scale in: without uploads the group returns one by one to its smallest size",
            steps == list(range(self._policy.max_size, least - 1, -1)),
            f"{_arrows(steps)}, decided {_listed(shrunk, before)} minutes after the last upload",
        )
        changes = [m.minute for m in self._controller.minutes if m.change]
        gaps = [later - earlier for earlier, later in pairwise(changes)]
        cooldown = self._policy.cooldown_seconds / 60
        self._report.check(
            "scaling never acts twice within a cooldown",
            bool(gaps) and min(gaps) >= cooldown,
            f"actions in minutes {', '.join(map(str, changes))}, cooldown {cooldown:.0f}",
        )

    def nobody_noticed(self) -> None:
        """The steady readers' requests."""
        pages = self._scene.requests("pages")
        failed = [page for page in pages if page["status"] != 200]
        times = sorted(page["seconds"] for page in pages)
        self._report.check(
            "no page fails, from beginning to end",
            len(pages) > 50 and not failed,
            f"{len(pages)} pages, {len(failed)} failed, 95 % within {times[int(0.95 * len(times))] * 1000:.0f} ms"
            + "".join(f"; {page['what']} {page['status']}" for page in failed[:5]),
        )

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        """Let the controller work until the condition holds; raises TimeoutError with `what`."""
        end = len(self._controller.minutes) + GIVE_UP_MINUTES
        while not condition():
            self._controller.tick()
            if len(self._controller.minutes) > end:
                raise TimeoutError(f"Not within {GIVE_UP_MINUTES} minutes: {what}.")
            time.sleep(0.05)

    def _serving(self) -> int:
        return sum(phase is Phase.SERVING for phase in self._scene.fleet.instances().values())

    def _received(self) -> dict[str, int]:
        fleet = self._scene.fleet
        return {name: fleet.received_bytes(name) for name in fleet.instances()}

    def _accepted(self) -> list[str]:
        return [request["id"] for request in self._scene.requests("uploads") if request["status"] == 202]


def _tended(scene: Scene) -> dict[str, Phase]:
    scene.fleet.tend()
    return scene.fleet.instances()


def _wait(condition: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Not within {seconds:.0f} s: {what}.")
        time.sleep(0.1)


def _print_minute(scene: Scene) -> Callable[[Minute], None]:
    def show(minute: Minute) -> None:
        phases = ", ".join(f"{name} {phase.value}" for name, phase in scene.fleet.instances().items())
        change = f"  {minute.change:+d}" if minute.change else ""
        say(f"     minute {minute.minute:3d}  {(minute.average_bytes or 0) / 1e6:8.2f} MB  {phases}{change}")

    return show


def _path(size: int, minutes: list[Minute]) -> list[int]:
    """The sizes that changes lead through."""
    sizes = [size]
    for minute in minutes:
        sizes.append(sizes[-1] + minute.change)
    return sizes


def _arrows(sizes: list[int]) -> str:
    return " → ".join(map(str, sizes))


def _listed(minutes: list[Minute], since: int = 0) -> str:
    return " and ".join(str(minute.minute - since) for minute in minutes)


def _stop(number: int, _frame: FrameType | None) -> None:
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)  # once is enough: tidying up must not be cut off
    raise KeyboardInterrupt(f"Stopped by {signal.Signals(number).name}.")


if __name__ == "__main__":
    sys.exit(main())

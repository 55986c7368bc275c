"""What must not hurt: a dead process, a dark instance, a silent worker, slow clients, a worker stopped in mid-work."""

import math
import signal
import statistics
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import requests

from deploy.rehearse.clients.load import Load
from deploy.rehearse.clients.slow import SlowClients
from deploy.rehearse.report import Report
from deploy.rehearse.stage.world import World, wait
from local.drive.people import Person
from local.drive.photos import photo
from shared.domain.delivery import STALE_AFTER_SECONDS

SLOW_CLIENTS = 200
CALM_SECONDS = 12.0  # of a healthy client, with and without slow ones
IN_FLIGHT = 20
AGAIN_SECONDS = 150.0  # above the visibility timeout (60 s) and the work itself
AFTER_SECONDS = 6.0  # of load after the end of the window


def silent_worker(world: World, person: Person, report: Report) -> None:
    """Stop the worker's main process from running; see that the tick tells. The web tier's checks fill the wait."""
    wait(lambda: any(tick["status"] == 200 for tick in world.ticks()), 60, "a tick is answered with 200")
    at, begun = time.time(), time.monotonic()
    world.worker.control.signal("worker", signal.SIGSTOP)
    try:
        load = dead_process(world, person, report)
        loads = [load, dark_instance(world, person, report)]
        slow_clients(world, person, report)
        limit = STALE_AFTER_SECONDS + 2 * world.minute_seconds
        wait(lambda: any(t["status"] == 503 for t in world.ticks(at)), limit, "a tick is answered with 503")
        took = next(tick["at"] for tick in world.ticks(at) if tick["status"] == 503) - at
        healthy = sum(tick["status"] == 200 for tick in world.ticks(at))
    finally:
        world.worker.control.signal("worker", signal.SIGCONT)
    again, back = time.time(), time.monotonic()
    wait(lambda: any(t["status"] == 200 for t in world.ticks(again)), 60, "a tick is answered with 200 again")
    recovered = time.monotonic() - back
    report.check(
        f"a worker that says nothing for {STALE_AFTER_SECONDS} s turns the tick into 503, and 200 when it is back",
        took >= STALE_AFTER_SECONDS - 15,
        f"503 after {took:.0f} s ({healthy} ticks with 200 before), 200 again after {recovered:.0f} s",
    )
    ids = [upload for load in loads for upload in load.accepted]
    wait(lambda: len(world.truth.published(ids)) == len(ids), AGAIN_SECONDS, "what was accepted is published")
    faults = world.truth.faults(ids)
    report.check(
        "everything that was accepted meanwhile is published exactly once",
        not faults,
        f"{len(ids)} uploads, {time.monotonic() - begun:.0f} s after the worker fell silent; {faults[:3]}",
    )


def dead_process(world: World, person: Person, report: Report) -> Load:
    """kill -9 of gunicorn's main process on one instance."""
    instance = world.web[0]
    with Load(person) as load:
        time.sleep(3)
        before = instance.control.status()["web"]["restarts"]
        killed = time.monotonic()
        instance.control.signal("web", signal.SIGKILL)
        wait(lambda: instance.control.status()["web"]["restarts"] > before, 20, "gunicorn is started again")
        recovered = wait(instance.healthy, 30, "the instance answers again") + time.monotonic() - killed
        time.sleep(max(0.0, killed + world.health.window_seconds + AFTER_SECONDS - time.monotonic()))
    judge(load, killed, world, report, "gunicorn is killed on one of two instances", recovered)
    return load


def dark_instance(world: World, person: Person, report: Report) -> Load:
    """An instance goes dark: its network cable is pulled, or all its processes are held."""
    instance = world.web[1]
    with Load(person) as load:
        time.sleep(2)
        killed = time.monotonic()
        darken(world, dark=True)
        try:
            out = wait(lambda: not world.admin.up(instance.name), 60, "the balancer gives the instance up")
            time.sleep(max(0.0, killed + world.health.window_seconds + AFTER_SECONDS - time.monotonic()))
        finally:
            darken(world, dark=False)
        wait(lambda: world.admin.up(instance.name), 60, "the balancer takes the instance back")
        time.sleep(2)
    judge(load, killed, world, report, "one of two instances goes dark", out)
    return load


def darken(world: World, *, dark: bool) -> None:
    """Make the second web instance unreachable, or reachable again."""
    instance = world.web[1]
    if hasattr(world.network, "listen"):
        world.network.cable(instance.name, plugged=not dark)
        return
    for name in ("nginx", "web"):
        instance.control.signal(name, signal.SIGSTOP if dark else signal.SIGCONT, everyone=True)


def judge(load: Load, killed: float, world: World, report: Report, what: str, out: float) -> None:
    """No failed request that began after the window; every upload accepted in the end."""
    window = world.health.window_seconds
    after = load.faults(killed + window)
    within = len(load.faults()) - len(after)
    kinds = dict(Counter(sent.fault[:30] for sent in load.faults()).most_common(3))
    report.check(
        f"when {what}, no request fails after the check window of {window:.0f} s, and no upload is lost",
        not after and not load.lost,
        f"{within} of {len(load.sent)} requests failed within it, {len(after)} after; recovered in {out:.1f} s; "
        f"{len(load.accepted)} uploads accepted, {len(load.lost)} lost {kinds or ''}",
    )


def slow_clients(world: World, person: Person, report: Report) -> None:
    """Two hundred uploads at a byte a second, and somebody in a hurry."""
    calm = healthy_client(person)
    with SlowClients(world.portal.url, person.token, SLOW_CLIENTS, addresses=SLOW_CLIENTS) as slow:
        time.sleep(2)
        crowded = healthy_client(person)
        connected = slow.connected()
    ratio = statistics.median(crowded) / statistics.median(calm)
    report.check(
        f"{SLOW_CLIENTS} clients at 1 byte/s do not hold up a healthy one",
        ratio < 3 and connected >= SLOW_CLIENTS * 0.95,
        f"p50/p95 {spread(crowded)} ms with them, {spread(calm)} ms without, ratio of p50 {ratio:.2f}; "
        f"{connected} of them connected to the end",
    )


def healthy_client(person: Person) -> list[float]:
    """Milliseconds of each request of one client. Raises what a failed request raises."""
    times, end = [], time.monotonic() + CALM_SECONDS
    while time.monotonic() < end:
        begun = time.monotonic()
        answer = requests.get(
            f"{person.portal.url}/api/v1/images?limit=24", headers=person.headers, timeout=30
        )
        answer.raise_for_status()
        times.append((time.monotonic() - begun) * 1000)
        time.sleep(0.05)
    return times


def spread(times: list[float]) -> str:
    """p50/p95."""
    ordered = sorted(times)
    return f"{statistics.median(ordered):.0f}/{ordered[math.ceil(len(ordered) * 0.95) - 1]:.0f}"


def stopped_worker(world: World, person: Person, report: Report) -> None:
    """SIGTERM with twenty uploads in flight: as the drain hook has it, and as stock Beanstalk has it."""
    control = world.worker.control
    drop_in = world.worker.units / "worker.service.d" / "10-drain.conf"
    world.truth.watch_beginnings()
    drained = stop_in_flight(world, person, report, "the drain drop-in: SIGTERM to the main process alone")
    report.check(
        "drained like this, no upload is begun a second time and no process has to be killed",
        drained.again == 0 and drained.killed == 0,
        f"{drained.again} begun again, {drained.killed} processes killed",
    )
    kept = drop_in.read_text()
    drop_in.unlink()
    control.reload()
    try:
        stop_in_flight(world, person, report, "stock Beanstalk: SIGTERM to the whole group")
    finally:
        drop_in.write_text(kept)
        control.reload()
    changed_properties(world, report)


def changed_properties(world: World, report: Report) -> None:
    """The confighooks stop the worker for a change of properties, and start it again."""
    before = world.worker.control.status()["worker"]["pid"]
    begun = time.monotonic()
    world.worker.configure()
    took = time.monotonic() - begun
    after = world.worker.control.status()["worker"]
    report.check(
        "after a change of properties the drained worker runs again",
        after["state"] == "active" and after["pid"] not in (0, before),
        f"drained and started in {took:.0f} s",
    )


@dataclass(frozen=True)
class Stopped:
    """What stopping cost: uploads that were begun a second time, processes that had to be killed.

    A message that came to the worker's open poll when it was stopped, and was given back unbegun, costs nothing; SQS
    counts it as delivered again all the same.
    """

    again: int
    killed: int


def stop_in_flight(world: World, person: Person, report: Report, how: str) -> Stopped:
    """Stop, start, wait until all are published, count."""
    control = world.worker.control
    # Held until all of them are there, so that it has most of them before it when it is stopped.
    control.signal("worker", signal.SIGSTOP, everyone=True)
    with ThreadPoolExecutor(4) as threads:
        ids = list(threads.map(lambda n: person.upload(photo(n), f"in flight {n}.jpg"), range(IN_FLIGHT)))
    control.signal("worker", signal.SIGCONT, everyone=True)
    wait(lambda: world.truth.published(ids), 60, "the worker is in the midst of it")
    done = len(world.truth.published(ids))
    begun = time.monotonic()
    killed = control.status()["worker"]["killed"]
    killed = control.stop("worker")["killed"] - killed
    stopped = time.monotonic() - begun
    control.start("worker")
    wait(lambda: len(world.truth.published(ids)) == IN_FLIGHT, AGAIN_SECONDS, "all are published")
    took = time.monotonic() - begun
    wait(lambda: world.truth.depth() == 0, AGAIN_SECONDS, "the queue is empty")
    faults = world.truth.faults(ids)
    again = sum(count > 1 for count in world.truth.beginnings(ids))
    given_back = sum(count > 1 for count in world.truth.deliveries(ids)) - again
    report.check(
        f"{how}, with {IN_FLIGHT - done} of {IN_FLIGHT} uploads in flight: each is published exactly once",
        not faults and done < IN_FLIGHT,
        f"stopped in {stopped:.1f} s ({killed} processes killed), all published after {took:.0f} s, "
        f"{again} begun again, {given_back} given back unbegun {faults[:3] or ''}",
    )
    return Stopped(again, killed)

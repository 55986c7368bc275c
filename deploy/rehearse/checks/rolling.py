"""A new version goes out under load, instance by instance, while both versions work side by side."""

import re
import time

from deploy.rehearse.clients.load import Load
from deploy.rehearse.prepare import NEW_MARK, NEW_REVISION, Version
from deploy.rehearse.report import Report
from deploy.rehearse.stage.world import WEB, WORKER, World, wait
from local.drive.people import Person
from local.drive.photos import small_photo
from local.drive.portal import Portal

PUBLISHED_SECONDS = 90.0


def rolling(world: World, person: Person, new: Version, report: Report) -> None:
    """web-1, then the worker, then web-2; between the steps an upload from each version to the other."""
    crossed: dict[str, str] = {}
    steps: list[str] = []
    workers = worker_versions(world)
    with Load(person) as load:
        time.sleep(2)
        steps.append(roll_web(world, WEB[0], new))
        crossed["new web, old worker"] = upload_through(world, person, WEB[0])
        wait(
            lambda: world.truth.published([crossed["new web, old worker"]]),
            PUBLISHED_SECONDS,
            "it is published",
        )
        begun = time.monotonic()
        world.deploy(WORKER, new)
        steps.append(f"{WORKER} {time.monotonic() - begun:.0f} s")
        wait(lambda: worker_versions(world) != workers, 60, "the new worker gives a sign of life")
        crossed["old web, new worker"] = upload_through(world, person, WEB[1])
        wait(
            lambda: world.truth.published([crossed["old web, new worker"]]),
            PUBLISHED_SECONDS,
            "it is published",
        )
        steps.append(roll_web(world, WEB[1], new))
        time.sleep(3)
    ids = [*load.accepted, *crossed.values()]
    wait(lambda: len(world.truth.published(ids)) == len(ids), PUBLISHED_SECONDS, "all are published")
    faults = world.truth.faults(ids)
    report.check(
        "a new version, rolled out under load, fails no request and loses no upload",
        not load.faults() and not load.lost and not faults,
        f"{len(load.faults())} of {len(load.sent)} requests failed, {len(ids)} uploads, {len(load.lost)} lost; "
        f"{', '.join(steps)} {[s.fault for s in load.faults()[:3]] or ''}{faults[:3] or ''}",
    )
    versions = {name: version_on(world, name) for name in (*WEB, WORKER)}
    workers += worker_versions(world)
    report.check(
        "old and new tasks understand each other",
        all(version.endswith(NEW_MARK) for version in versions.values()) and len(workers) == 2,
        f"{' and '.join(crossed)}: published; the worker was {' and then '.join(workers)}",
    )
    revision = world.truth.rows("SELECT version_num FROM alembic_version")
    migrations = sum(run.endswith("10-migrate.sh") for i in world.instances.values() for run in i.hook_runs)
    report.check(
        "the new version's migration ran on the first instance, old code worked on its schema, and again is harmless",
        revision == [(NEW_REVISION,)],
        f"the hook ran {migrations} times on 3 instances, two versions each; schema {revision}",
    )


def roll_web(world: World, name: str, new: Version) -> str:
    """Out of the balancer, new version, healthy, in again; how long that took."""
    begun = time.monotonic()
    world.admin.drain(name)
    delay = world.health.deregistration / world.health.factor
    wait(lambda: world.admin.row(name)["scur"] == "0", delay, f"{name} has finished its requests")
    world.deploy(name, new)
    world.admin.register(name)
    wait(lambda: world.admin.up(name), 60, f"{name} is healthy at the balancer")
    return f"{name} {time.monotonic() - begun:.0f} s"


def upload_through(world: World, person: Person, name: str) -> str:
    """An upload on one particular instance, past the balancer."""
    instance = world.instances[name]
    direct = Person(Portal(instance.url, person.portal.local_dir), person.username, person.token)
    return direct.upload(small_photo(3), f"through {name}.jpg")


def worker_versions(world: World) -> list[str]:
    """What the workers say of themselves with each sign of life."""
    return [str(row[0]) for row in world.truth.rows("SELECT version FROM workers")]


def version_on(world: World, name: str) -> str:
    """The VERSION that is installed on an instance."""
    text = (world.instances[name].current / "shared" / "__init__.py").read_text()
    found = re.search(r'VERSION = "(.*)"', text)
    return found[1] if found else ""

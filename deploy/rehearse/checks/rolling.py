"""Another version goes out under load, instance by instance, while both versions work side by side."""

import re
import time

from deploy.rehearse.clients.load import Load
from deploy.rehearse.prepare import CURRENT, NEW, NEW_REVISION, Version
from deploy.rehearse.report import Report
from deploy.rehearse.stage.world import WEB, WORKER, World, wait
from local.drive.people import Person
from local.drive.photos import small_photo
from local.drive.portal import Portal

PUBLISHED_SECONDS = 90.0


def upgrade(world: World, person: Person, report: Report) -> None:
    """From the last release, on its own database, to this version and its migrations."""
    roll(world, person, CURRENT, report, "an upgrade from the last release")


def there_and_back(world: World, person: Person, report: Report) -> None:
    """To a version with one more migration, and back to this one, which does not know that."""
    roll(world, person, NEW, report, "a later version")
    migrated = world.truth.rows("SELECT version_num FROM alembic_version")
    roll(world, person, CURRENT, report, "going back")
    after = world.truth.rows("SELECT version_num FROM alembic_version")
    migrations = sum(run.endswith("10-migrate.sh") for i in world.instances.values() for run in i.hook_runs)
    report.check(
        "a later version's migration ran on the first instance, and code that does not know it works on its schema",
        migrated == after == [(NEW_REVISION,)],
        f"the hook ran {migrations} times on 3 instances; schema {migrated}, then {after}",
    )


def roll(world: World, person: Person, new: Version, report: Report, what: str) -> None:
    """web-1, then the worker, then web-2; between the steps an upload from each version to the other."""
    crossed: dict[str, str] = {}
    steps: list[str] = []
    workers = worker_versions(world)
    with Load(person) as load:
        time.sleep(2)
        steps.append(roll_web(world, WEB[0], new))
        crossed["its web, the other's worker"] = cross(world, person, WEB[0])
        begun = time.monotonic()
        world.deploy(WORKER, new)
        steps.append(f"{WORKER} {time.monotonic() - begun:.0f} s")
        wait(lambda: worker_versions(world) != workers, 60, "its worker gives a sign of life")
        crossed["the other's web, its worker"] = cross(world, person, WEB[1])
        steps.append(roll_web(world, WEB[1], new))
        time.sleep(3)
    ids = [*load.accepted, *crossed.values()]
    wait(lambda: len(world.truth.published(ids)) == len(ids), PUBLISHED_SECONDS, "all are published")
    faults = world.truth.faults(ids)
    report.check(
        f"{what}, rolled out under load, fails no request and loses no upload",
        not load.faults() and not load.lost and not faults,
        f"{len(load.faults())} of {len(load.sent)} requests failed, {len(ids)} uploads, {len(load.lost)} lost; "
        f"{', '.join(steps)} {[s.fault for s in load.faults()[:3]] or ''}{faults[:3] or ''}",
    )
    versions = {name: version_on(world, name) for name in (*WEB, WORKER)}
    report.check(
        f"{what}: its tasks and the other's are understood by either",
        all(version.endswith(new.mark) for version in versions.values())
        and worker_versions(world) != workers,
        f"{' and '.join(crossed)}: published; the worker was {' '.join([*workers, '→', *worker_versions(world)])}",
    )


def cross(world: World, person: Person, name: str) -> str:
    """An upload on one particular instance, past the balancer, that has been published."""
    instance = world.instances[name]
    direct = Person(Portal(instance.url, person.portal.local_dir), person.username, person.token)
    upload = direct.upload(small_photo(3), f"through {name}.jpg")
    wait(lambda: world.truth.published([upload]), PUBLISHED_SECONDS, f"an upload through {name} is published")
    return upload


def roll_web(world: World, name: str, new: Version) -> str:
    """Out of the balancer, new version, healthy, in again; how long that took."""
    begun = time.monotonic()
    world.admin.drain(name)
    delay = world.health.deregistration / world.health.factor
    wait(lambda: world.admin.row(name)["scur"] == "0", delay, f"{name} has finished its requests")
    world.deploy(name, new)
    world.admin.register(name)
    world.wait_for(name)
    return f"{name} {time.monotonic() - begun:.0f} s"


def worker_versions(world: World) -> list[str]:
    """What the workers say of themselves with each sign of life."""
    return [str(row[0]) for row in world.truth.rows("SELECT version FROM workers")]


def version_on(world: World, name: str) -> str:
    """The VERSION that is installed on an instance."""
    text = (world.instances[name].current / "shared" / "__init__.py").read_text()
    found = re.search(r'VERSION = "(.*)"', text)
    return found[1] if found else ""

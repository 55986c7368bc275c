"""A new version beside the old one under load: a canary by traffic splitting, blue and green by exchange of names; and
each with a version that is broken where no health check looks."""

import time
from dataclasses import dataclass
from typing import Any, cast

from deploy.launch.account import Account
from deploy.launch.stacks import Failed
from deploy.launch.stage import Stage
from deploy.launch.swap import Green
from deploy.launch.template import Template
from deploy.rehearse.checks.rolling import PUBLISHED_SECONDS, cross, roll_web, version_on
from deploy.rehearse.clients.load import Load
from deploy.rehearse.prepare import BROKEN, BUILD, CURRENT, NEW, Version
from deploy.rehearse.report import Report
from deploy.rehearse.stage.environments import BLUE, PREFIX, Environments, most_errors
from deploy.rehearse.stage.world import BESIDE, WEB, WORKER, World, wait
from local.drive.people import Person

FASTER = 20.0  # than Beanstalk's minutes
EVALUATION_SECONDS = 20.0
ENOUGH = 20  # answers, before a share of them says anything
STAGE = Stage("rehearsal", "eu-west-1", "default", {})


def canary(world: World, person: Person, report: Report) -> None:
    """With WebDeployment=canary, as Beanstalk does it: workers first, then a share of the requests, then all."""
    percent = int(Template("environments").parameters["CanaryPercent"]["Default"])
    new = another(world)
    world.deploy(WORKER, new)
    with Load(person) as load:
        time.sleep(2)
        fault, said = evaluate(world, new, percent)
        world.admin.share(0 if fault else 100)
        if not fault:
            for name in WEB:
                roll_web(world, name, new)
        leave(world)
    judge(world, load, report, f"a canary with {percent} % of the requests becomes all of them", fault, said)

    with Load(person) as load:
        time.sleep(2)
        fault, said = evaluate(world, BROKEN, percent)
        leave(world)
        back = time.monotonic()
        time.sleep(3)
    still = all(version_on(world, name).endswith(new.mark) for name in WEB)
    judge_broken(world, load, report, "a broken canary", back, fault if still else "", said)


def evaluate(world: World, version: Version, percent: int) -> tuple[str, str]:
    """A machine with the version gets its share for a while; what is wrong with it, and what it got."""
    world.begin_beside(version)
    before = total(world)
    world.admin.share(percent)
    begun, fault = time.monotonic(), ""
    while not fault and time.monotonic() - begun < EVALUATION_SECONDS:
        time.sleep(0.5)
        fault = "; ".join(ringing(world))
    asked = world.admin.answers(BESIDE)[0]
    return (
        fault,
        f"{asked} of {total(world) - before} requests in {time.monotonic() - begun:.0f} s were its own",
    )


def blue_green(world: World, person: Person, report: Report) -> None:
    """`make deploy ARGS=--blue-green`'s own exchange of names: green is used, watched, and given back."""
    new = another(world)
    environments = Environments(world, {"new": new, "broken": BROKEN}, green_of(None).name, 1.5)
    green = green_of(environments)
    world.deploy(WORKER, new)
    with Load(person) as load:
        time.sleep(2)
        fault, said, used = "", "", []
        try:
            green.make("new", "bundles", "platform", [])
            used.append(cross(world, person, BESIDE))
            green.swap(BLUE)
            green.watch(2, lambda: ringing(world))
            said = f"green answered {world.admin.answers(BESIDE)[0]} requests"
            for name in WEB:
                roll_web(world, name, new)
            used.append(cross(world, person, WEB[0]))
        except Failed as error:
            fault = str(error)
        if green.has_the_name(PREFIX):
            green.swap(BLUE)
        green.end()
        time.sleep(2)
    load.accepted += used
    judge(world, load, report, "green takes the name and gives it back to a new blue", fault, said)

    with Load(person) as load:
        time.sleep(2)
        fault = ""
        green.make("broken", "bundles", "platform", [])
        green.swap(BLUE)
        try:
            green.watch(2, lambda: ringing(world))
        except Failed as error:
            fault = str(error)
        said = f"green answered {world.admin.answers(BESIDE)[0]} requests"
        green.swap(BLUE)
        back = time.monotonic()
        green.end()
        time.sleep(3)
    judge_broken(world, load, report, "a broken green", back, fault, said)


@dataclass(frozen=True)
class _Clients:
    """An account whose every client is the same."""

    all: Any

    def client(self, _service: str) -> Any:
        return self.all


def green_of(environments: Environments | None) -> Green:
    """The launch's own Green, whose minutes pass faster."""
    account = cast("Account", _Clients(environments))
    return Green(account, STAGE, lambda _: None, lambda seconds: time.sleep(seconds / FASTER))


def another(world: World) -> Version:
    """A version that the workers don't have."""
    return CURRENT if version_on(world, WORKER).endswith(NEW.mark) else NEW


def total(world: World) -> int:
    """Requests that the balancer has handed on."""
    return sum(world.admin.answers(name)[0] for name in (*WEB, BESIDE))


def ringing(world: World) -> list[str]:
    """What is wrong with the machine beside: the balancer gave it up, or the alarm of .ebextensions rings for it."""
    if not world.admin.up(BESIDE):
        return [f"{BESIDE} is down"]
    asked, failed = world.admin.answers(BESIDE)
    most = most_errors(BUILD / "tree")
    if asked >= ENOUGH and 100 * failed > most * asked:
        return [f"{failed} of {asked} requests ended in a server error, over {most:.0f} %"]
    return []


def leave(world: World) -> None:
    """The machine beside gets no more requests, finishes those that it has, and ends."""
    world.admin.share(0)
    delay = world.health.deregistration / world.health.factor
    wait(lambda: world.admin.row(BESIDE)["scur"] == "0", delay, f"{BESIDE} has finished its requests")
    world.end(BESIDE)


def judge(world: World, load: Load, report: Report, what: str, fault: str, said: str) -> None:
    """Nothing was wrong, no request failed, and every upload is published once."""
    faults = published(world, load)
    report.check(
        f"{what}: no request fails, no upload is lost",
        not fault and not load.faults() and not load.lost and not faults,
        f"{len(load.faults())} of {len(load.sent)} requests failed, {len(load.accepted)} uploads; {said}; "
        f"{fault or [sent.fault for sent in load.faults()[:3]] or ''}{faults[:3] or ''}",
    )


def judge_broken(
    world: World, load: Load, report: Report, what: str, back: float, fault: str, said: str
) -> None:
    """It was found, and only its own requests failed: none after it was gone, and no upload is lost."""
    faults = published(world, load)
    others = [sent for sent in load.faults() if not sent.fault.startswith("500")]
    report.check(
        f"{what} is found by its errors and gone, and nothing else fails",
        bool(fault) and not others and not load.faults(back) and not load.lost and not faults,
        f"{fault or 'not found'}; {len(load.faults())} of {len(load.sent)} requests failed, {len(load.faults(back))} "
        f"after it, {len(load.accepted)} uploads; {said}; "
        f"{[sent.fault for sent in others[:3]] or ''}{faults[:3] or ''}",
    )


def published(world: World, load: Load) -> list[str]:
    """What is not exactly once, when all that was accepted has been published."""
    ids = load.accepted
    wait(lambda: len(world.truth.published(ids)) == len(ids), PUBLISHED_SECONDS, "all are published")
    return world.truth.faults(ids)

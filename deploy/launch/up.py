"""A stage is made or brought up to date: look first, then each stack by a change set that is shown, then use it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from deploy.launch import smoke, versions
from deploy.launch.account import Account
from deploy.launch.preflight import look
from deploy.launch.stacks import ChangeSet, Failed, Found, Stacks
from deploy.launch.stage import OF_THE_COMMAND, Refused, Stage
from deploy.launch.template import Template

Say = Callable[[str], None]
Smoke = Callable[[smoke.Portal, object, str, Say], None]
Environments = Callable[["Deployment", list[versions.Cut], Mapping[str, str]], str]
"""The environments' step, with the bundles and what is known of the stacks before it; returns the portal's address."""


@dataclass(frozen=True)
class Wishes:
    """What the person who typed the command chose."""

    replace_data: bool = False
    alarm_minutes: int = 5
    ignore_alarms: bool = False


@dataclass(frozen=True)
class Hands:
    """What the steps do things with, apart from AWS: `say` a line, `agree` to a question, wait, cut, use the portal."""

    say: Say
    agree: Callable[[str], bool]
    pause: Callable[[float], None] = time.sleep
    cut: Callable[..., list[versions.Cut]] = versions.cut
    smoke: Smoke = smoke.smoke


def plan(stage: Stage, hands: Hands) -> None:
    """What a first deployment would do, without an account."""
    hands.say(
        f"{stage.portal}, region {stage.region}: what `make deploy STAGE={stage.name}` would do in an empty account\n"
    )
    hands.say("1. Look: credentials, platform branch, database version, certificate, host name, quotas.")
    known: dict[str, str] = {}
    for number, part in enumerate(stage.parts, 2):
        template = Template(part)
        given = stage.parameters(part, known)
        if part == "environments":
            hands.say(
                f"   Bundles: {', '.join(made.label for made in hands.cut(stage, release=False))}, uploaded."
            )
        hands.say(f"{number}. Stack {stage.stack(part)}, by a change set that is shown and agreed to:")
        for name in template.parameters:
            if name in given:
                hands.say(f"     {name} = {given[name]}")
            elif "Default" not in template.parameters[name]:
                whence = "this command" if name in OF_THE_COMMAND else "an earlier stack"
                hands.say(f"     {name} = (from {whence})")
        kept = ", ".join(sorted(template.keeps)) or "none"
        hands.say(f"     up to {len(template.kinds)} resources; kept when the stack goes: {kept}")
        known |= given
    hands.say("   Migrations: by the first instance that deploys, before its application starts.")
    hands.say(
        f"{len(stage.parts) + 2}. Use it: /readyz, then one upload to published, taken back, and its account deleted."
    )
    hands.say("   If that fails, the environments are as before; the address is printed otherwise.")


@dataclass(frozen=True)
class Deployment:
    """One stage that is made or brought up to date in an account."""

    account: Account
    stacks: Stacks
    stage: Stage
    wishes: Wishes
    hands: Hands

    def prepare(
        self, part: str, parameters: Mapping[str, str], watched: Mapping[str, int] | None = None
    ) -> ChangeSet:
        """What a part's stack would become; `watched` are alarms that would stop it."""
        template = Template(part)
        return self.stacks.prepare(
            self.stage.stack(part),
            template.text,
            parameters,
            self._tags,
            roles=template.makes_roles,
            alarms=watched or {},
        )

    def agreed(self, part: str, change_set: ChangeSet) -> Found:
        """Show it, ask, run it. Raises Refused when it would lose data or is not agreed to; nothing is changed then."""
        if not change_set.name:
            self.hands.say(f"{change_set.stack}: nothing to change")
            return self.stacks.find(change_set.stack)
        self.hands.say(f"{change_set.stack}, {'to be made' if change_set.creates else 'to be changed'}:")
        for change in change_set.changes:
            self.hands.say(str(change))
        keeps = Template(part).keeps
        lost = [
            c.logical
            for c in change_set.changes
            if c.logical in keeps and (c.replaced or c.action == "Remove")
        ]
        try:
            if lost and not self.wishes.replace_data:
                raise Refused(
                    f"This would replace or remove what holds data: {', '.join(lost)}. "
                    f"If that is meant, as for a restore: ARGS=--replace-data"
                )
            if not self.hands.agree(f"Change {change_set.stack} like this?"):
                raise Refused("Nothing was changed by this step.")
        except Refused:
            self.stacks.drop(change_set)
            raise
        return self.stacks.run(change_set)

    def use(self, found: Found, known: Mapping[str, str], address: str = "") -> None:
        """As a person would, at its balancer or another address. Raises SmokeFailed."""
        portal = portal_of(found, known, address)
        pool = known["CognitoUserPoolId"]
        self.hands.smoke(portal, self.account.client("cognito-idp"), pool, self.hands.say)

    def back(self, before: Found, body: str) -> None:
        """The environments as they were before; none, if there were none."""
        name = self.stage.stack("environments")
        if not before.exists:
            self.hands.say(f"{name} is taken away again")
            self.stacks.delete(name)
            return
        self.hands.say(
            f"{name} goes back to {before.parameters['WebVersion']} and {before.parameters['WorkerVersion']}"
        )
        self.stacks.run(self.stacks.prepare(name, body, before.parameters, self._tags, roles=True))

    @property
    def _tags(self) -> dict[str, str]:
        return {**self.stage.tags, "portal": self.stage.portal}


def up(
    account: Account, stage: Stage, wishes: Wishes, hands: Hands, environments: Environments | None = None
) -> str:
    """Every step; the portal's address. Raises Refused before and Failed after something has been changed.

    `environments` is another way to do the last one (deploy.launch.blue_green).
    """
    cuts = hands.cut(stage, release=True)
    stacks = Stacks(account.client("cloudformation"), hands.say, hands.pause)
    deployment = Deployment(account, stacks, stage, wishes, hands)
    found = {part: stacks.find(stage.stack(part)) for part in stage.parts}
    _look(account, stage, first=not found["environments"].exists, say=hands.say)
    known: dict[str, str] = {}
    for part in stage.parts:
        if part == "environments":
            break
        known |= stage.parameters(part, known)
        stacks.ready(stage.stack(part))
        change_set = deployment.prepare(part, stage.parameters(part, known))
        known |= deployment.agreed(part, change_set).outputs
    return (environments or in_place)(deployment, cuts, known)


def _look(account: Account, stage: Stage, *, first: bool, say: Say) -> None:
    given: dict[str, str] = {}
    for part in stage.parts:
        given |= stage.parameters(part, given)
    looked = look(account, stage, given, first=first)
    for note in looked.notes:
        say(f"  {note}")
    if looked.faults:
        raise Refused(
            "\n".join(["Before anything was touched:", *(f"  - {fault}" for fault in looked.faults)])
        )


def in_place(deployment: Deployment, cuts: list[versions.Cut], known: Mapping[str, str]) -> str:
    """The environments' step: Beanstalk replaces instances as .ebextensions and WebDeployment say."""
    stacks, stage, say = deployment.stacks, deployment.stage, deployment.hands.say
    name = stage.stack("environments")
    before = stacks.ready(name)
    body = stacks.template_of(name) if before.exists else ""
    uploaded = versions.upload(deployment.account, cuts)
    say(f"  bundles: {', '.join(made.label for made in cuts)}")
    watched = alarms(deployment, before)
    given = stage.parameters("environments", {**known, **uploaded})
    after = deployment.agreed("environments", deployment.prepare("environments", given, watched))
    try:
        say("Using it:")
        deployment.use(after, {**known, **given})
    except smoke.SmokeFailed as error:
        say(f"FAILED: {error}")
        deployment.back(before, body)
        raise Failed(
            f"{name} does not do what it should, and is as it was before: {error}\n"
            f"Its logs are kept: CloudWatch, log groups /aws/elasticbeanstalk/…"
        ) from error
    return after.outputs["PortalAddress"]


def portal_of(found: Found, known: Mapping[str, str], address: str = "") -> smoke.Portal:
    """The portal at its balancer, or at an address, by its host name where it has one: DNS may not lead there yet."""
    tls = bool(known.get("CertificateArn"))
    scheme = "https" if tls else "http"
    balancer = address or found.outputs["BalancerAddress"]
    return smoke.Portal(f"{scheme}://{balancer}", known.get("HostName", "") if tls else "")


def alarms(deployment: Deployment, found: Found) -> dict[str, int]:
    """The alarms that are to stop an update of running environments: ARN → minutes to watch it afterwards."""
    if not found.exists or deployment.wishes.ignore_alarms:
        return {}
    account, stacks, name = deployment.account, deployment.stacks, deployment.stage.stack("environments")
    names = [stacks.resource(name, logical) for logical in ("WebHealthAlarm", "WorkerHealthAlarm")]
    asked = {"EnvironmentNames": [found.outputs["WebEnvironmentName"]], "IncludeDeleted": False}
    for environment in account.client("elasticbeanstalk").describe_environments(**asked)["Environments"]:
        # Beanstalk makes a stack of its own for what .ebextensions asks for, the alarm on server errors among it.
        names.append(stacks.resource(f"awseb-{environment['EnvironmentId']}-stack", "ServerErrorAlarm"))
    if not (known := [alarm for alarm in names if alarm]):
        return {}
    said = account.client("cloudwatch").describe_alarms(AlarmNames=known)["MetricAlarms"]
    if ringing := [alarm["AlarmName"] for alarm in said if alarm["StateValue"] == "ALARM"]:
        raise Refused(
            f"These alarms ring already, and would roll any change back: {', '.join(ringing)}.\n"
            f"If the change is to end them: ARGS=--ignore-alarms"
        )
    return {alarm["AlarmArn"]: deployment.wishes.alarm_minutes for alarm in said}

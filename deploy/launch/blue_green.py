"""The environments' step of a deployment, blue/green: workers first, then a green web environment beside the blue one.

Whatever fails, people are on a version that works: the portal's name goes back to blue, green ends, and the stack is as
before.
"""

from collections.abc import Mapping

from botocore.exceptions import ClientError

from deploy.launch import smoke, versions
from deploy.launch.account import Account
from deploy.launch.resolve import Resolver, option_settings
from deploy.launch.stacks import Failed, Found, Stacks
from deploy.launch.stage import Refused
from deploy.launch.swap import Green
from deploy.launch.template import Template
from deploy.launch.up import Deployment


def environments(deployment: Deployment, cuts: list[versions.Cut], known: Mapping[str, str]) -> str:
    """Every step; the portal's address. Raises Refused before and Failed after something has been changed."""
    account, stacks, stage, hands = deployment.account, deployment.stacks, deployment.stage, deployment.hands
    name = stage.stack("environments")
    before = stacks.ready(name)
    if not before.exists:
        raise Refused(
            "There is nothing to exchange names with yet: the first deployment is without --blue-green."
        )
    body, blue = stacks.template_of(name), before.outputs["WebEnvironmentName"]
    given = stage.parameters("environments", {**known, **versions.upload(account, cuts)})
    green = Green(account, stage, hands.say, hands.pause)
    prefix = before.outputs["EnvironmentAddress"].partition(".")[0]
    _clear(green, blue, prefix)  # of an attempt that was cut off

    # A new worker understands what an old web tier sends, and not the other way round.
    workers_first = {**given, "WebVersion": before.parameters["WebVersion"]}
    halfway = deployment.agreed("environments", deployment.prepare("environments", workers_first))
    try:
        label = given["WebVersion"]
        address = green.make(
            label, given["BundleBucket"], *_like_blue(stacks, name, halfway, given, account.region)
        )
        deployment.use(halfway, {**known, **given}, address)
        green.swap(blue)
        green.watch(deployment.wishes.alarm_minutes, lambda: _ringing(account, stacks, green))
        after = stacks.run(deployment.prepare("environments", given))
        deployment.use(after, {**known, **given})
        green.swap(blue)
    except (Failed, smoke.SmokeFailed, ClientError) as error:
        hands.say(f"FAILED: {error}")
        _clear(green, blue, prefix)
        deployment.back(before, body)
        raise Failed(f"{name} is as it was before, and was there for people all the time: {error}") from error
    green.end()
    return after.outputs["PortalAddress"]


def _clear(green: Green, blue: str, prefix: str) -> None:
    """The portal's name is blue's, and there is no green."""
    if green.has_the_name(prefix):
        green.swap(blue)
    green.end()


def _like_blue(
    stacks: Stacks, name: str, found: Found, given: Mapping[str, str], region: str
) -> tuple[str, list[dict[str, str]]]:
    """Platform and settings that the template gives the web environment, with what the stack made."""
    partition, account_id = found.stack_id.split(":")[1], found.stack_id.split(":")[4]
    pseudo = {"AWS::Region": region, "AWS::Partition": partition, "AWS::AccountId": account_id}

    def made(what: str) -> str:
        """A resource's own id, or an attribute, which the stack puts out under both names."""
        known = found.outputs.get(what.replace(".", "")) if "." in what else stacks.resource(name, what)
        if not known:
            raise Failed(f"{name} has no {what}")
        return known

    resolver = Resolver(Template("environments").document, pseudo | dict(given), made)
    return option_settings(Template("environments").document, "WebEnvironment", resolver)


def _ringing(account: Account, stacks: Stacks, green: Green) -> list[str]:
    """Names of green's own alarms that ring: Beanstalk makes one on server errors with it (.ebextensions)."""
    alarm = stacks.resource(f"awseb-{green.find().get('EnvironmentId')}-stack", "ServerErrorAlarm")
    said = account.client("cloudwatch").describe_alarms(AlarmNames=[alarm])["MetricAlarms"] if alarm else []
    return [known["AlarmName"] for known in said if known["StateValue"] == "ALARM"]

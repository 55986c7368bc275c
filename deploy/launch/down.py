"""A stage is taken away: its environments; what holds data only when told twice."""

from typing import Any

from deploy.launch.account import Account
from deploy.launch.stacks import Stacks
from deploy.launch.stage import Refused, Stage
from deploy.launch.template import Template
from deploy.launch.up import Hands

BUCKETS = ("Bucket", "LogBucket")


def down(account: Account, stage: Stage, hands: Hands, *, data: bool, erase: str) -> None:
    """Delete the environments; with `data`, and the stage's name as `erase`, everything.

    Raises Refused before and stacks.Failed after something has been changed.
    """
    if data and erase != stage.name:
        raise Refused(
            f"--data erases every upload, account and record of {stage.portal} for good. If that is meant, "
            f'say it twice: ARGS="--data --erase {stage.name}"'
        )
    stacks = Stacks(account.client("cloudformation"), hands.say, hands.pause)
    there = [part for part in reversed(stage.parts) if stacks.find(stage.stack(part)).status]
    going = [part for part in there if data or part == "environments"]
    for part in there:
        hands.say(f"{stage.stack(part)}: {'goes' if part in going else 'stays'}")
    if not going:
        hands.say("There is nothing to take away.")
        return
    what = "Take away all of it, data included, for good?" if data else "Take the environments away?"
    if not hands.agree(what):
        raise Refused("Nothing was taken away.")
    for part in going:
        if part == "data":
            _let_go(account, stacks, stage, hands)
        stacks.delete(stage.stack(part))
        hands.say(f"{stage.stack(part)} is gone")
    if data:
        hands.say(
            "Kept: the database's last snapshot (RDS, Snapshots, manual), CloudWatch's logs, uploaded bundles."
        )
    else:
        hands.say(
            f"Kept, and paid for: bucket, queues, database, accounts, network. "
            f"`make deploy STAGE={stage.name}` goes on from there."
        )


def _let_go(account: Account, stacks: Stacks, stage: Stage, hands: Hands) -> None:
    """Take every protection off the data stack, and empty its buckets: CloudFormation deletes empty ones alone."""
    name = stage.stack("data")
    found = stacks.ready(name)
    if not found.exists:
        return
    hands.say(f"{name}: protections are taken off")
    tags = {**stage.tags, "portal": stage.portal}
    body = Template("data").without_retention()
    stacks.run(stacks.prepare(name, body, found.parameters, tags, roles=True))
    for logical in BUCKETS:
        if bucket := stacks.resource(name, logical):
            hands.say(
                f"{name}: {empty(account.client('s3'), bucket)} versions of objects are deleted from {bucket}"
            )


def empty(s3: Any, bucket: str) -> int:
    """Delete every version and delete marker; how many there were. Raises Refused for one that can't be deleted."""
    count = 0
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        entries = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if entries:
            objects = [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in entries]
            said = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
            if errors := said.get("Errors"):
                raise Refused(f"{bucket}: {errors[0]['Key']} can't be deleted: {errors[0]['Message']}")
            count += len(objects)
    return count

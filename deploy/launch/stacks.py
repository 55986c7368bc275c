"""CloudFormation's stacks, changed by change sets that can be looked at before they run."""

import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from deploy.launch.stage import Refused

POLL_SECONDS = 10.0
NOTHING_TO_CHANGE = ("didn't contain changes", "No updates are to be performed")
FAILED_EVENTS = ("CREATE_FAILED", "UPDATE_FAILED", "DELETE_FAILED")


class Failed(Exception):
    """A stack did not get where it should; the text has the reasons that CloudFormation gave."""


@dataclass(frozen=True)
class Found:
    """A stack as it is: enough to bring it back to that."""

    status: str
    parameters: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    stack_id: str = ""

    @property
    def exists(self) -> bool:
        """Whether it has resources: a first change set that nobody ran has made none."""
        return self.status not in ("", "REVIEW_IN_PROGRESS")

    @property
    def works(self) -> bool:
        """Whether it is there and at rest."""
        return self.status.endswith("_COMPLETE") and self.status not in (
            "ROLLBACK_COMPLETE",
            "DELETE_COMPLETE",
        )


@dataclass(frozen=True)
class Change:
    """One resource: what would be done to it (Add, Modify, Remove; with `replaced`, made anew)."""

    action: str
    logical: str
    kind: str
    replaced: bool = False

    def __str__(self) -> str:
        how = "replace" if self.replaced else self.action.lower()
        return f"    {how:<8} {self.kind:<44} {self.logical}"


@dataclass(frozen=True)
class ChangeSet:
    """What would be done to a stack. Empty when it is already so."""

    stack: str
    name: str
    changes: list[Change]
    creates: bool


class Stacks:
    """The stacks of one account and region. `say` gets a line for each thing that happens, `pause` waits."""

    def __init__(
        self, client: Any, say: Callable[[str], None], pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._client = client
        self._say = say
        self._pause = pause

    def find(self, name: str) -> Found:
        """The stack, by name or id; with status "" when there is none."""
        try:
            [stack] = self._client.describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError" and "does not exist" in str(error):
                return Found("")
            raise
        return Found(
            stack["StackStatus"],
            {p["ParameterKey"]: p["ParameterValue"] for p in stack.get("Parameters", [])},
            {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])},
            stack["StackId"],
        )

    def template_of(self, name: str) -> str:
        """The template that the stack has now."""
        body = self._client.get_template(StackName=name, TemplateStage="Original")["TemplateBody"]
        if isinstance(body, str):
            return body
        return json.dumps(body)  # botocore reads templates that are JSON

    def ready(self, name: str) -> Found:
        """The stack, at rest and changeable. Raises Refused when it is neither; clears what a failed creation left."""
        found = self.find(name)
        if found.status.endswith("_IN_PROGRESS") and found.exists:
            raise Refused(f"{name} is {found.status}: somebody else is at it. Try again when that has ended.")
        if found.status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"):
            self._say(f"  {name} is {found.status}, from an earlier attempt: it is removed first")
            self.delete(name)
            return Found("")
        if found.exists and not found.works:
            raise Refused(
                f"{name} is {found.status}. See its events in CloudFormation's console; when the reason is gone:\n"
                f"  aws cloudformation continue-update-rollback --stack-name {name}"
            )
        return found

    def prepare(
        self,
        name: str,
        body: str,
        parameters: Mapping[str, str],
        tags: Mapping[str, str],
        *,
        roles: bool,
        alarms: Mapping[str, int] | None = None,
    ) -> ChangeSet:
        """A change set for the stack. `alarms` (ARN → minutes to watch) roll the update back when one rings."""
        creates = not self.find(name).exists
        watched = list(alarms or {})
        change_set = f"deploy-{uuid.uuid4().hex[:12]}"
        self._client.create_change_set(
            StackName=name,
            ChangeSetName=change_set,
            ChangeSetType="CREATE" if creates else "UPDATE",
            TemplateBody=body,
            Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
            Tags=[{"Key": k, "Value": v} for k, v in tags.items()],
            Capabilities=["CAPABILITY_IAM"] if roles else [],
            RollbackConfiguration={
                "RollbackTriggers": [{"Arn": arn, "Type": "AWS::CloudWatch::Alarm"} for arn in watched],
                "MonitoringTimeInMinutes": max((alarms or {}).values(), default=0),
            },
        )
        while (said := self._describe(name, change_set))["Status"] in (
            "CREATE_PENDING",
            "CREATE_IN_PROGRESS",
        ):
            self._pause(POLL_SECONDS / 5)
        if said["Status"] == "FAILED":
            reason = said.get("StatusReason", "")
            self.drop(ChangeSet(name, change_set, [], creates))
            if any(text in reason for text in NOTHING_TO_CHANGE):
                return ChangeSet(name, "", [], creates)
            raise Failed(f"{name}: CloudFormation refuses the change: {reason}")
        return ChangeSet(name, change_set, [_change(entry) for entry in said["Changes"]], creates)

    def _describe(self, name: str, change_set: str) -> dict[str, Any]:
        """The change set with all its changes, page by page."""
        asked: dict[str, Any] = {"StackName": name, "ChangeSetName": change_set}
        said: dict[str, Any] = self._client.describe_change_set(**asked)
        token = said.get("NextToken")
        while token:
            more = self._client.describe_change_set(**asked, NextToken=token)
            said["Changes"] += more["Changes"]
            token = more.get("NextToken")
        return said

    def drop(self, change_set: ChangeSet) -> None:
        """Forget a change set, and the empty stack that a first one makes."""
        if change_set.name:
            self._client.delete_change_set(StackName=change_set.stack, ChangeSetName=change_set.name)
        if change_set.creates and self.find(change_set.stack).status == "REVIEW_IN_PROGRESS":
            self._client.delete_stack(StackName=change_set.stack)

    def run(self, change_set: ChangeSet) -> Found:
        """Run it and wait. Raises Failed, after CloudFormation has rolled back what it had done."""
        name = change_set.stack
        if change_set.name:
            seen = self._events(name)
            self._client.execute_change_set(
                StackName=name,
                ChangeSetName=change_set.name,
                # Or what a failed creation leaves would include a bucket and a user pool that nobody knows of.
                **({"RetainExceptOnCreate": True} if change_set.creates else {}),
            )
            self._wait(name, seen, ("CREATE_COMPLETE",) if change_set.creates else ("UPDATE_COMPLETE",))
        return self.find(name)

    def delete(self, name: str) -> None:
        """Delete the stack and wait; one that is not there is deleted already. Raises Failed."""
        found = self.find(name)
        if found.status:
            seen = self._events(name)
            self._client.delete_stack(StackName=name)
            self._wait(found.stack_id, seen, ("DELETE_COMPLETE", ""))

    def resource(self, name: str, logical: str) -> str:
        """A resource's own id, or nothing where the stack has no such resource."""
        try:
            said = self._client.describe_stack_resource(StackName=name, LogicalResourceId=logical)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                return ""
            raise
        return str(said["StackResourceDetail"].get("PhysicalResourceId", ""))

    def _wait(self, name: str, seen: set[str], wanted: tuple[str, ...]) -> None:
        reasons: list[str] = []
        while True:
            for event in self._new_events(name, seen):
                status, reason = event["ResourceStatus"], event.get("ResourceStatusReason", "")
                if status in FAILED_EVENTS and "cancelled" not in reason:
                    reasons.append(f"    {event['LogicalResourceId']} ({event['ResourceType']}): {reason}")
                # What goes on is told where it says more than that: the record that validates a certificate.
                if status.endswith(("_COMPLETE", "_FAILED")) or (reason and "Initiated" not in reason):
                    self._say(f"    {status:<20} {event['LogicalResourceId']} {reason}".rstrip())
            status = self.find(name).status
            if status in wanted:
                return
            if not status.endswith("_IN_PROGRESS"):
                told = "\n".join(reasons) or "    CloudFormation gave no reason"
                raise Failed(f"{name} is {status or 'gone'}:\n{told}")
            self._pause(POLL_SECONDS)

    def _events(self, name: str) -> set[str]:
        """Ids of all events so far."""
        return {event["EventId"] for event in self._pages(name)}

    def _new_events(self, name: str, seen: set[str]) -> list[dict[str, Any]]:
        """Events that are not in `seen` yet, oldest first; they are from now on."""
        new = [event for event in self._pages(name) if event["EventId"] not in seen]
        seen |= {event["EventId"] for event in new}
        return new[::-1]

    def _pages(self, name: str) -> list[dict[str, Any]]:
        try:
            pages = self._client.get_paginator("describe_stack_events").paginate(StackName=name)
            return [event for page in pages for event in page["StackEvents"]]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                return []
            raise


def _change(entry: dict[str, Any]) -> Change:
    found = entry["ResourceChange"]
    replaced = found["Action"] == "Modify" and found.get("Replacement") in ("True", "Conditional")
    return Change(found["Action"], found["LogicalResourceId"], found["ResourceType"], replaced)

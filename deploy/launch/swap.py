"""Blue/green: a second web environment with the new version takes the portal's name when it works.

The stack's own environment (blue) is then brought to the new version while nobody uses it, and takes its name back: so
what CloudFormation knows stays true, and what is left is as after any other deployment.
"""

import time
from collections.abc import Callable
from typing import Any

from deploy.launch.account import Account
from deploy.launch.stacks import POLL_SECONDS, Failed
from deploy.launch.stage import Stage

READY_SECONDS = 1800.0
TTL_SECONDS = 120.0  # Beanstalk's own names are known for a minute; people's resolvers may add to that


class Green:
    """The second environment of a stage, by its name: there is one at most."""

    def __init__(
        self,
        account: Account,
        stage: Stage,
        say: Callable[[str], None],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = account.client("elasticbeanstalk")
        self._say = say
        self._pause = pause
        self._portal = stage.portal
        self.name = f"{stage.portal}-green"[:40]

    def find(self, name: str = "") -> dict[str, Any]:
        """An environment as Beanstalk tells it, by default this one; empty when there is none."""
        asked = {"EnvironmentNames": [name or self.name], "IncludeDeleted": False}
        found = self._client.describe_environments(**asked)["Environments"]
        return dict(found[0]) if found else {}

    def make(self, label: str, bucket: str, platform: str, settings: list[dict[str, str]]) -> str:
        """Make it with a platform and settings, and wait; its balancer's address. Raises Failed."""
        known = self._client.describe_application_versions(
            ApplicationName=self._portal, VersionLabels=[label]
        )
        if not known["ApplicationVersions"]:
            self._client.create_application_version(
                ApplicationName=self._portal,
                VersionLabel=label,
                SourceBundle={"S3Bucket": bucket, "S3Key": f"image-portal/{label}.zip"},
                Process=False,
            )
        self._client.create_environment(
            ApplicationName=self._portal,
            EnvironmentName=self.name,
            Tier={"Name": "WebServer", "Type": "Standard"},
            VersionLabel=label,
            PlatformArn=platform,
            OptionSettings=settings,
            Tags=[{"Key": "portal", "Value": self._portal}],
        )
        self._say(f"{self.name}: a second web environment is made, with {label}")
        found = self._until_ready()
        if found.get("Health") == "Red":
            raise Failed(f"{self.name} is Ready, and its health is Red")
        return str(found["EndpointURL"])

    def swap(self, blue: str) -> None:
        """Exchange the two environments' names, and wait until resolvers know."""
        self._client.swap_environment_cnames(SourceEnvironmentName=blue, DestinationEnvironmentName=self.name)
        for name in (blue, self.name):
            self._until_ready(name)
        self._say(f"{blue} and {self.name} have exchanged their names")
        self._pause(TTL_SECONDS)

    def has_the_name(self, prefix: str) -> bool:
        """Whether the portal's name leads to it."""
        return str(self.find().get("CNAME", "")).startswith(f"{prefix}.")

    def watch(self, minutes: int, ringing: Callable[[], list[str]]) -> None:
        """Look at its health, and at what rings, for so long. Raises Failed."""
        waited = 0.0
        while waited < minutes * 60:
            self._pause(POLL_SECONDS)
            waited += POLL_SECONDS
            if self.find().get("Health") == "Red":
                raise Failed(f"{self.name} is Red")
            if alarms := ringing():
                raise Failed(f"{', '.join(alarms)} rings")

    def end(self) -> None:
        """Terminate it and wait; one that is not there has ended."""
        if not self.find():
            return
        self._client.terminate_environment(EnvironmentName=self.name)
        waited = 0.0
        while self.find().get("Status", "Terminated") != "Terminated":
            if waited > READY_SECONDS:
                raise Failed(f"{self.name} does not end")
            self._pause(POLL_SECONDS)
            waited += POLL_SECONDS
        self._say(f"{self.name} is gone")

    def _until_ready(self, name: str = "") -> dict[str, Any]:
        waited = 0.0
        while (found := self.find(name)).get("Status") != "Ready":
            if waited > READY_SECONDS or found.get("Status", "Terminated") in ("Terminated", "Terminating"):
                raise Failed(
                    f"{name or self.name} is {found.get('Status', 'gone')}, health {found.get('Health')}"
                )
            self._pause(POLL_SECONDS)
            waited += POLL_SECONDS
        return found

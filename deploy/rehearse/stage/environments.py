"""Beanstalk and CloudWatch as blue/green asks them, over the machines of a rehearsal.

Blue is the web tier that is always there, green one more machine, and who has the portal's name gets the requests.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deploy.options.read import read_resources
from deploy.rehearse.prepare import Version
from deploy.rehearse.stage.world import BESIDE, WEB, World

BLUE, PREFIX = "blue", "portal"
LEARNT = (25, 50, 75, 100)
"""Percent of people whose resolvers know the new address, a step of `step_seconds` each."""


class Environments:
    """The two environments of a stage; every method is an operation of AWS's."""

    def __init__(
        self, world: World, versions: Mapping[str, Version], green: str, step_seconds: float
    ) -> None:
        self._world, self._versions, self._green = world, versions, green
        self._step_seconds = step_seconds
        self._swapped = False

    def describe_environments(self, *, EnvironmentNames: list[str], **_: Any) -> dict[str, Any]:  # noqa: N803 -- AWS's
        """One by its name, with what the balancer thinks of it."""
        [name] = EnvironmentNames
        machines = WEB if name == BLUE else (BESIDE,)
        if not all(machine in self._world.instances for machine in machines):
            return {"Environments": []}
        well = all(self._world.admin.up(machine) for machine in machines)
        named = (name == BLUE) is not self._swapped
        return {
            "Environments": [
                {
                    "Status": "Ready",
                    "Health": "Green" if well else "Red",
                    "CNAME": f"{PREFIX}.example" if named else f"{PREFIX}-green.example",
                    "EndpointURL": self._world.instances[machines[0]].url,
                }
            ]
        }

    def describe_application_versions(self, *, VersionLabels: list[str], **_: Any) -> dict[str, Any]:  # noqa: N803 -- AWS's
        """Those that there are."""
        return {"ApplicationVersions": [label for label in VersionLabels if label in self._versions]}

    def create_environment(self, *, EnvironmentName: str, VersionLabel: str, **_: Any) -> None:  # noqa: N803 -- AWS's
        """Green; when this returns it is healthy."""
        if EnvironmentName != self._green:
            raise ValueError(EnvironmentName)
        self._world.begin_beside(self._versions[VersionLabel])

    def swap_environment_cnames(self, **_: Any) -> None:
        """Exchange the names. Resolvers learn it bit by bit, and meanwhile both environments are asked."""
        self._swapped = not self._swapped
        for percent in LEARNT:
            self._world.admin.share(percent if self._swapped else 100 - percent)
            time.sleep(self._step_seconds)

    def terminate_environment(self, **_: Any) -> None:
        """Green ends."""
        self._world.end(BESIDE)


def most_errors(tree: Path) -> float:
    """Percent of requests that may end in a server error before the alarm in .ebextensions rings."""
    return float(read_resources(tree, "web")["ServerErrorAlarm"]["Threshold"])

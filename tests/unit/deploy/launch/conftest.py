"""A stage, an account without anything in it, and hands that note what was said."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deploy.launch.smoke import SmokeFailed
from deploy.launch.stage import Stage, read_stage
from deploy.launch.up import Hands
from deploy.launch.versions import Cut
from tests.unit.deploy.launch.aws import Aws

STAGING = """
region = "eu-west-1"
variant = "trial"
[network]
NatGateways = "none"
[data]
DatabaseMultiAz = false
MonthlyBudgetUsd = 150
[environments]
InstancesInPublicSubnets = true
[tags]
team = "photos"
"""


@dataclass
class Person:
    """Who sits before the terminal: agrees, or not, and reads."""

    aws: Aws
    folder: Path
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)  # how much had been said at each question
    disagrees_to: str = "nothing"
    label: str = "one"
    smoke_fails: str = ""
    smoked: list[tuple[str, str]] = field(default_factory=list)

    @property
    def hands(self) -> Hands:
        """For the steps."""
        return Hands(self.said.append, self._agree, self.aws.pause, self._cut, self._smoke)

    @property
    def text(self) -> str:
        """All that was said."""
        return "\n".join(self.said)

    def _agree(self, question: str) -> bool:
        self.asked.append(question)
        self.seen.append(len(self.said))
        return self.disagrees_to not in question

    def _cut(self, stage: Stage, *, release: bool) -> list[Cut]:
        made = []
        for tier in ("web", "worker"):
            file = self.folder / f"{tier}-{self.label}.zip"
            file.write_bytes(f"{stage.name} {release} {self.label}".encode())
            made.append(Cut(tier, f"{self.label}-{tier}", file))
        return made

    def _smoke(self, portal: object, _cognito: object, _pool: str, _say: object) -> None:
        self.smoked.append((getattr(portal, "url", ""), getattr(portal, "host", "")))
        if self.smoke_fails:
            raise SmokeFailed(self.smoke_fails)


@pytest.fixture
def aws() -> Aws:
    return Aws()


@pytest.fixture
def person(aws: Aws, tmp_path: Path) -> Person:
    return Person(aws, tmp_path)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return written(tmp_path, STAGING)


def written(folder: Path, text: str, name: str = "staging") -> Stage:
    """A stage whose file has this text."""
    (folder / f"{name}.toml").write_text(text)
    return read_stage(name, folder)

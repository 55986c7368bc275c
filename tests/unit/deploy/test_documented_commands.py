"""Each `aws cloudformation deploy` that a page tells people to type fits the template that it deploys."""

import re
import shlex
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support_templates import NAMES, template
from tests.unit.deploy.support import ROOT

PAGES = sorted([*ROOT.glob("docs/**/*.md"), ROOT / "README.md"])
COMMAND = "aws cloudformation deploy "
TEMPLATES = "deploy/cloudformation/"
# Above this many bytes the command would need a bucket for the template.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
MAX_TEMPLATE_BYTES = 51_200
FLAGS = {"--stack-name", "--template-file", "--capabilities", "--parameter-overrides"}
NAME_OF = {
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
}


@dataclass(frozen=True)
class Deploy:
    """One command: its template, and the words after each flag."""

    template: str
    flags: dict[str, list[str]]

    @property
    def parameters(self) -> set[str]:
        """The parameters that are set by name."""
        given = self.flags.get("--parameter-overrides", [])
        return {word.partition("=")[0] for word in given if "=" in word}

    @property
    def outputs_of_data(self) -> bool:
        """Whether everything that the first stack puts out is passed on too."""
        return "$(outputs)" in self.flags.get("--parameter-overrides", [])


def commands() -> list[Deploy]:
    """Every such command of every page."""
    found = []
    for page in PAGES:
        joined = re.sub(r"\\\n\s*", "", page.read_text())
        for line in joined.splitlines():
            if line.strip().startswith(COMMAND):
                found.append(parsed(line.strip()))
    return found


def parsed(line: str) -> Deploy:
    """A command line by its flags."""
    flags: dict[str, list[str]] = {}
    for word in shlex.split(line)[3:]:
        if word.startswith("--"):
            assert word not in flags, f"{word} is given twice"
            flags[word] = []
        else:
            flags[list(flags)[-1]].append(word)
    [file] = flags["--template-file"]
    assert file.startswith(TEMPLATES)
    return Deploy(file.removeprefix(TEMPLATES), flags)


COMMANDS = commands()
EACH = pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c.template)


def iam(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The template's resources that need a person's consent."""
    return [r for r in document["Resources"].values() if r["Type"].startswith("AWS::IAM::")]


def test_both_stacks_are_documented() -> None:
    assert [command.template for command in COMMANDS] == ["data.yaml", "environments.yaml"]


@EACH
def test_only_flags_that_are_looked_at_here(command: Deploy) -> None:
    assert set(command.flags) <= FLAGS
    assert all(len(command.flags[flag]) == 1 for flag in ("--stack-name", "--template-file"))


@EACH
def test_it_consents_to_the_roles_that_the_template_makes(command: Deploy) -> None:
    """Without, CloudFormation refuses the change set: InsufficientCapabilities."""
    document = template(command.template)
    named = any(NAME_OF.get(r["Type"], "") in r["Properties"] for r in iam(document))
    needed = ["CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"] if iam(document) else []
    assert command.flags.get("--capabilities", []) == needed


@EACH
def test_it_gives_every_parameter_that_has_no_default_and_none_that_is_unknown(command: Deploy) -> None:
    known = template(command.template)["Parameters"]
    passed_on = (
        set(template("data.yaml")["Outputs"]) - {"S3BucketDomain"} if command.outputs_of_data else set()
    )
    given = command.parameters | passed_on
    assert given - set(known) == set()
    assert {name for name, parameter in known.items() if "Default" not in parameter} - given == set()


@pytest.mark.parametrize("name", NAMES)
def test_a_template_is_small_enough_to_be_sent_with_the_command(name: str) -> None:
    assert (ROOT / TEMPLATES / name).stat().st_size <= MAX_TEMPLATE_BYTES

"""Each command that a page tells people to type is one that there is, and fits what it is given to.

Calls of AWS are held against botocore's model of the service, from which the AWS CLI makes its flags."""

import importlib.util
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore import xform_name
from botocore.session import Session

from tests.support_templates import NAMES, template
from tests.unit.deploy.support import ROOT

PAGES = sorted(
    [
        *ROOT.glob("docs/**/*.md"),
        ROOT / "README.md",
        ROOT / "cli/README.md",
        *ROOT.glob("deploy/cloudformation/*.yaml"),
        *ROOT.glob(".github/workflows/*.yml"),
    ]
)
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
        for line in lines_of(page):
            if line.startswith(COMMAND):
                found.append(parsed(line))
    return found


def lines_of(page: Any) -> list[str]:
    """Its lines without indentation or comment signs, continued ones joined."""
    lines = [re.sub(r"^\s*(#\s+)?(\d\.\s+)?", "", line) for line in page.read_text().splitlines()]
    return re.sub(r"\\\n", "", "\n".join(lines)).splitlines()


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
    found = sorted(command.template for command in COMMANDS)
    assert found == ["data.yaml", "environments.yaml", "github.yaml", "network.yaml"]


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


# ---- Every other command --------------------------------------------------------------------------------------------

# What the AWS CLI adds of its own: the words of each that are looked at here.
OWN_COMMANDS = {
    ("s3", "cp"): set[str](),
    ("cloudformation", "deploy"): FLAGS,
    ("ssm", "start-session"): {"--target"},
    ("configure", ""): set[str](),
    ("sso", "login"): set[str](),
}
EVERYWHERE = {"--query", "--output", "--region", "--profile", "--max-items"}
AWS = re.compile(r"(?<![\w./:-])aws ([a-z0-9-]+)((?: (?:'[^']*'|\"[^\"]*\"|[^\s`)|;]+))*)")
CODE = re.compile(r"```\n(.*?)```|`([^`\n]+)`", re.S)
MAKE = re.compile(r"(?<![\w-])make ([a-z][a-z-]*)(?=[ `\n]|$)")
MODULE = re.compile(r"python3? -m ([a-z_]+(?:\.[a-z_]+)+)")


def aws_commands() -> Iterator[tuple[str, str, str, list[str]]]:
    """Where, service, operation and flags of each."""
    for page in PAGES:
        for line in lines_of(page):
            for found in AWS.finditer(line):
                words = found[2].split()
                flags = re.findall(r"(?<=\s)--[a-z][a-z-]*", found[2])
                yield page.name, found[1], words[0] if words and not words[0].startswith("-") else "", flags


AWS_COMMANDS = list(aws_commands())


def test_there_are_commands_to_look_at() -> None:
    assert len(AWS_COMMANDS) > 10


@pytest.mark.parametrize("command", AWS_COMMANDS, ids=lambda c: f"{c[0]}-{c[1]}-{c[2]}")
def test_each_call_of_aws_is_one_that_there_is_with_flags_that_it_takes(
    command: tuple[str, str, str, list[str]],
) -> None:
    page, service, operation, flags = command
    assert_call(page, service, operation, flags)


def assert_call(page: str, service: str, operation: str, flags: list[str]) -> None:
    if (service, operation) in OWN_COMMANDS:
        assert set(flags) <= OWN_COMMANDS[service, operation] | EVERYWHERE, page
        return
    model = Session().get_service_model(service)
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    assert operation in operations, f"{page}: aws {service} has no {operation}"
    shape = model.operation_model(operations[operation]).input_shape
    members = {} if shape is None else shape.members
    known = {f"--{xform_name(name, '-')}" for name in members}
    assert set(flags) <= known | EVERYWHERE, f"{page}: aws {service} {operation}"
    required = {f"--{xform_name(name, '-')}" for name in (shape.required_members if shape else [])}
    assert not flags or required <= set(flags), f"{page}: aws {service} {operation}"


@pytest.mark.parametrize(
    ("service", "operation", "flags"),
    [
        ("elasticbeanstalk", "create-storage-locations", []),
        ("elasticbeanstalk", "describe-environment-resources", ["--environment"]),
        ("cognito-idp", "admin-add-user-to-group", ["--username", "--group-name"]),
        ("ssm", "start-session", ["--instance"]),
    ],
)
def test_a_planted_fault_is_found(service: str, operation: str, flags: list[str]) -> None:
    with pytest.raises(AssertionError):
        assert_call("planted", service, operation, flags)


def test_each_target_and_each_module_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    for page in PAGES:
        text = page.read_text().partition("## Not shown yet")[0]
        code = "\n".join(block or inline for block, inline in CODE.findall(text))
        for target in MAKE.findall(code):
            assert target in targets, f"{page.name}: make {target}"
        for module in MODULE.findall(code):
            assert importlib.util.find_spec(module), f"{page.name}: python -m {module}"

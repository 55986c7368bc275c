"""Reads CloudFormation templates for tests: resources, and what a policy permits on what."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from deploy.options.read import TemplateLoader

FOLDER = Path(__file__).parents[1] / "deploy/cloudformation"
NAMES = sorted(path.name for path in FOLDER.glob("*.yaml"))
Permission = tuple[str, str]
"""An action, and a resource in words: `Bucket/staging/*`, `Queue`."""


def template(name: str) -> dict[str, Any]:
    """A template with short forms written out ({"Fn::Sub": …}), as plain lists and dictionaries."""
    parsed: dict[str, Any] = yaml.load((FOLDER / name).read_text("utf-8"), TemplateLoader)  # noqa: S506  # a SafeLoader
    return parsed


NOTHING = {"Ref": "AWS::NoValue"}


def chosen(value: Any, *, options: bool = True) -> Any:
    """A value with its optional parts taken (or left out)."""
    if isinstance(value, dict):
        if set(value) == {"Fn::If"}:
            return chosen(value["Fn::If"][1 if options else 2], options=options)
        parts = {name: chosen(part, options=options) for name, part in value.items()}
        return {name: part for name, part in parts.items() if part != NOTHING}
    if isinstance(value, list):
        taken = [chosen(part, options=options) for part in value]
        return [part for part in taken if part != NOTHING]
    return value


def statements(resource: Any) -> list[dict[str, Any]]:
    """The statements of a policy resource, options taken."""
    found: list[dict[str, Any]] = chosen(resource["Properties"]["PolicyDocument"]["Statement"])
    return found


def listed(value: Any) -> list[Any]:
    """A policy's actions or resources: one may stand alone."""
    return value if isinstance(value, list) else [value]


def in_words(resource: Any) -> str:
    """`Bucket` for its ARN, `Bucket/staging/*` for what is under it; anything else as it is written."""
    match resource:
        case {"Fn::GetAtt": [name, str()]} | {"Ref": name}:
            return str(name)
        case {"Fn::GetAtt": [name, *_]}:
            return str(name)
        case {"Fn::Sub": text}:
            return re.sub(r"\$\{(\w+)\.Arn\}", r"\1", text)
        case _:
            return str(resource)


def permissions(resource: Any) -> set[Permission]:
    """What a policy resource allows."""
    return set(_permissions(resource))


def _permissions(resource: Any) -> Iterator[Permission]:
    for statement in statements(resource):
        assert statement["Effect"] == "Allow"
        for action in listed(statement["Action"]):
            for target in listed(statement["Resource"]):
                yield action, in_words(target)


def setting(output: str) -> str:
    """The setting that an output or parameter is named after: SqsQueueUrl → SQS_QUEUE_URL."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", output).upper()

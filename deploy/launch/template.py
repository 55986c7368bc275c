"""A CloudFormation template of ours: its parameters and what may be given for them, its outputs, what it keeps."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from deploy.options.read import TemplateLoader

FOLDER = Path(__file__).resolve().parents[1] / "cloudformation"


class Template:
    """A file of deploy/cloudformation/, by its name without `.yaml`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.text = (FOLDER / f"{name}.yaml").read_text()

    @property
    def document(self) -> dict[str, Any]:
        """The template with short forms written out. Not to be changed."""
        return written_out(self.text)

    @property
    def parameters(self) -> dict[str, dict[str, Any]]:
        """Each parameter's declaration."""
        found: dict[str, dict[str, Any]] = self.document["Parameters"]
        return found

    @property
    def outputs(self) -> set[str]:
        """Names of the outputs, conditional ones too."""
        return set(self.document.get("Outputs", {}))

    @property
    def kinds(self) -> dict[str, str]:
        """Type of each resource by its logical name, conditional ones too."""
        return {name: resource["Type"] for name, resource in self.document["Resources"].items()}

    @property
    def keeps(self) -> set[str]:
        """Logical names of resources that outlive their stack: what holds data."""
        return {
            name
            for name, resource in self.document["Resources"].items()
            if resource.get("DeletionPolicy") in ("Retain", "Snapshot")
        }

    @property
    def makes_roles(self) -> bool:
        """Whether CloudFormation wants consent to make roles."""
        return any(kind.startswith("AWS::IAM::") for kind in self.kinds.values())

    def faults(self, given: Mapping[str, str], to_come: set[str]) -> Iterator[str]:
        """A sentence for each parameter that is unknown, missing or not as the template wants it.

        `to_come` are parameters that will be known only when an earlier step has run.
        """
        for name, value in given.items():
            if name not in self.parameters:
                yield f"{self.name}: there is no parameter {name}."
            elif sentence := fault(self.parameters[name], value):
                yield f"{self.name}: {name} is {value!r}: {sentence}"
        for name, declared in self.parameters.items():
            if "Default" not in declared and name not in given and name not in to_come:
                yield f"{self.name}: {name} is missing. {declared.get('Description', '')}".rstrip()

    def without_retention(self) -> str:
        """The template with which the stack's deletion deletes what it keeps, all but a last snapshot of the database.

        CloudFormation takes another DeletionPolicy only beside another change of the same resource, hence the Metadata.
        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
        """
        document = json.loads(json.dumps(self.document, default=str))
        for resource in document["Resources"].values():
            if resource.get("DeletionPolicy") == "Retain":
                resource |= {"DeletionPolicy": "Delete", "Metadata": {"Stage": "is being destroyed"}}
            if "DeletionProtection" in resource["Properties"]:
                protected = resource["Properties"]["DeletionProtection"]
                resource["Properties"]["DeletionProtection"] = False if protected is True else "INACTIVE"
        return json.dumps(document)


@cache
def written_out(text: str) -> dict[str, Any]:
    """A template's text read, once: it takes half a second. Not to be changed."""
    loaded: dict[str, Any] = yaml.load(text, TemplateLoader)  # noqa: S506  # a SafeLoader
    return loaded


def fault(declared: Mapping[str, Any], value: str) -> str:
    """What is wrong with a parameter's value, or nothing."""
    hint = declared.get("ConstraintDescription", "")
    allowed = [str(choice) for choice in declared.get("AllowedValues", [])]
    if allowed and value not in allowed:
        return f"must be one of {', '.join(allowed)}."
    if "AllowedPattern" in declared and not re.fullmatch(declared["AllowedPattern"], value):
        return f"must be {hint or 'of the form ' + declared['AllowedPattern']}."
    if declared["Type"] == "Number":
        if not re.fullmatch(r"-?\d+(\.\d+)?", value):
            return "must be a number."
        if (
            not declared.get("MinValue", float("-inf"))
            <= float(value)
            <= declared.get("MaxValue", float("inf"))
        ):
            return f"must be from {declared.get('MinValue')} to {declared.get('MaxValue')}."
    return ""

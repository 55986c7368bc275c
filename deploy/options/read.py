"""Reads option settings: of .ebextensions by tier and variant, and of CloudFormation's templates."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from deploy.bundle import VARIANT_FILES, VARIANTS
from deploy.options.table import Setting

TIERS = ("web", "worker")


class TemplateLoader(yaml.CSafeLoader):  # the one in C, which takes a tenth
    """YAML with CloudFormation's short forms: `!Ref x` becomes {"Ref": "x"}, `!Sub …` {"Fn::Sub": …}, and
    `!GetAtt x.Arn` {"Fn::GetAtt": ["x", "Arn"]}."""


def _short_form(loader: TemplateLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        text = loader.construct_scalar(node)
        value = text.split(".", 1) if suffix == "GetAtt" else text
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True) if isinstance(node, yaml.MappingNode) else None
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


TemplateLoader.add_multi_constructor("!", _short_form)


@dataclass(frozen=True)
class Environment:
    """What a template sets for one environment."""

    where: str
    tier: str
    settings: list[Setting]


class Conditions:
    """A template's conditions, as far as they depend on parameters that are given."""

    def __init__(self, conditions: Mapping[str, Any], given: Mapping[str, str]) -> None:
        self._conditions = conditions
        self._given = given

    def holds(self, name: str) -> bool | None:
        """Whether the condition holds; None when that depends on something else."""
        return self._decide(self._conditions[name]) if name in self._conditions else None

    def _decide(self, condition: Any) -> bool | None:
        [(kind, parts)] = condition.items()
        if kind == "Condition":
            return self.holds(parts)
        if kind == "Fn::Equals":
            left, right = (self._given.get(p["Ref"]) if isinstance(p, dict) else p for p in parts)
            return None if left is None or right is None else left == right
        decided = [self._decide(part) for part in parts]
        if kind == "Fn::Not":
            return None if decided[0] is None else not decided[0]
        if kind == "Fn::And":
            return False if False in decided else None if None in decided else True
        return True if True in decided else None if None in decided else False


def extensions(root: Path, tier: str, variant: str = "") -> list[Path]:
    """The files that are .ebextensions in the tier's bundle of a variant, in Beanstalk's order."""
    others = tuple(f"{other}-" for other in TIERS if other != tier)
    found = {f.name: f for f in (root / ".ebextensions").glob("*.config")}
    for left_out in VARIANTS[variant]:
        found.pop(Path(left_out).name, None)
    if variant:
        found |= {f.name: f for f in (root / VARIANT_FILES / variant).glob("*.config")}
    return [found[name] for name in sorted(found) if not name.startswith(others)]


def read_extensions(root: Path, tier: str, variant: str = "") -> list[Setting]:
    """Option settings of .ebextensions as the tier's bundle of a variant has them."""
    files = extensions(root, tier, variant)
    return [setting for file in files for setting in parse_extension(file.read_text())]


def read_resources(root: Path, tier: str, variant: str = "") -> dict[str, Any]:
    """Properties by name of what .ebextensions add to Beanstalk's own CloudFormation resources, or make beside them."""
    found: dict[str, Any] = {}
    for file in extensions(root, tier, variant):
        made = (yaml.load(file.read_text(), TemplateLoader) or {}).get("Resources") or {}  # noqa: S506 -- a safe loader
        for name, resource in made.items():
            found.setdefault(name, {}).update(resource.get("Properties") or {})
    return found


def parse_extension(text: str) -> list[Setting]:
    """Option settings of one file, in either of the two forms that Beanstalk reads."""
    found = (yaml.load(text, yaml.CSafeLoader) or {}).get("option_settings") or {}
    if isinstance(found, list):
        return [
            Setting(
                s["namespace"],
                str(s["option_name"] if "option_name" in s else s["option"]),
                _text(s["value"]),
            )
            for s in found
        ]
    return [
        Setting(ns, str(option), _text(v)) for ns, options in found.items() for option, v in options.items()
    ]


def read_template(file: Path, given: Mapping[str, str] | None = None) -> list[Environment]:
    """The environments of a template. Parameters count as `given`, and with their defaults where that says nothing.

    Conditions on given parameters are decided; of any other, each branch counts as present.
    """
    template = yaml.load(file.read_text(), TemplateLoader)  # noqa: S506  # a SafeLoader
    given = given or {}
    defaults = {name: p.get("Default") for name, p in template.get("Parameters", {}).items()} | dict(given)
    decided = Conditions(template.get("Conditions", {}), given)
    resources = template.get("Resources", {})
    environments = []
    for name, resource in resources.items():
        if resource["Type"] == "AWS::ElasticBeanstalk::Environment":
            properties = resource["Properties"]
            base = resources.get(_reference(properties.get("TemplateName")), {}).get("Properties", {})
            entries = [*base.get("OptionSettings", []), *properties.get("OptionSettings", [])]
            tier = "worker" if properties.get("Tier", {}).get("Name") == "Worker" else "web"
            settings = [_setting(entry, defaults, decided) for entry in _branches(entries, decided)]
            environments.append(Environment(f"{file.name}, {name}", tier, settings))
    return environments


def _branches(entries: Any, decided: Conditions) -> Iterator[dict[str, Any]]:
    """Entries, of each `Fn::If` the branch that is taken, or both while that is open."""
    for entry in entries if isinstance(entries, list) else [entries]:
        if "Fn::If" in entry:
            name, yes, no = entry["Fn::If"]
            taken = decided.holds(name)
            yield from _branches([yes, no] if taken is None else [yes if taken else no], decided)
        elif "Namespace" in entry:
            yield entry


def _setting(entry: dict[str, Any], defaults: dict[str, Any], decided: Conditions) -> Setting:
    value = entry["Value"]
    while isinstance(value, dict) and "Fn::If" in value:
        name, yes, no = value["Fn::If"]
        taken = decided.holds(name)
        value = None if taken is None else yes if taken else no
    if isinstance(value, dict):
        value = defaults.get(_reference(value) or "") or None
    return Setting(entry["Namespace"], entry["OptionName"], None if value is None else _text(value))


def _reference(value: Any) -> str | None:
    return value.get("Ref") if isinstance(value, dict) else None


def _text(value: Any) -> str:
    """As Beanstalk gets it: booleans in lower case; documents as text."""
    return str(value).lower() if isinstance(value, bool) else str(value)

"""Checks every Beanstalk option setting of this repository: `python -m deploy.options.check`.

Looks at .ebextensions of each tier and at the environments in deploy/cloudformation/: names and values
(deploy.options.table), what they must be to each other and what a tier refuses (deploy.options.rules), and
precedence. Settings at API level, a template's, silently beat .ebextensions; so the two must not differ.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from deploy.options.rules import cross_faults, overridden
from deploy.options.table import Setting, fault

ROOT = Path(__file__).resolve().parents[2]
TIERS = ("web", "worker")


class TemplateLoader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms: `!Ref x` becomes {"Ref": "x"}, `!Sub …` {"Fn::Sub": …}."""


def _short_form(loader: TemplateLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
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


def main() -> int:
    """Print every fault, and which settings `eb create` would override; exit code 1 when there is a fault."""
    templates = sorted((ROOT / "deploy" / "cloudformation").glob("*.yaml"))
    environments = [found for file in templates for found in read_template(file)]
    faults: list[str] = []
    for tier in TIERS:
        settings = read_extensions(ROOT, tier)
        faults += [f".ebextensions, {tier}: {sentence}" for sentence in check(tier, settings)]
        for environment in environments:
            if environment.tier == tier:
                faults += [f"{environment.where}: {s}" for s in check_environment(environment, settings)]
        names = ", ".join(s.option for s in overridden(settings))
        sys.stdout.write(
            f"{tier}: {len(settings)} settings. `eb create` or the console would override: {names}.\n"
        )
    for sentence in faults:
        sys.stderr.write(f"{sentence}\n")
    return 1 if faults else 0


def check(tier: str, settings: list[Setting]) -> list[str]:
    """Every fault of one tier's settings, as sentences."""
    names = Counter(setting.name for setting in settings)
    return [
        *(sentence for setting in settings if (sentence := fault(setting))),
        *(f"{name}: is set {count} times." for name, count in names.items() if count > 1),
        *cross_faults(tier, {(s.namespace, s.option): s.value for s in settings}),
    ]


def check_environment(environment: Environment, extensions: list[Setting]) -> list[str]:
    """Every fault of a template's settings on top of the tier's .ebextensions."""
    above = {(s.namespace, s.option): s.value for s in environment.settings}
    below = {(s.namespace, s.option): s.value for s in extensions}
    faults = [sentence for setting in environment.settings if (sentence := fault(setting))]
    for key in above.keys() & below.keys():
        if above[key] is not None and above[key] != below[key]:
            faults.append(f"{' '.join(key)}: {above[key]!r} here beats {below[key]!r} in .ebextensions.")
    for setting in overridden(extensions):
        if (setting.namespace, setting.option) not in above:
            faults.append(f"{setting.name}: must be set here too: below the API level it can be overridden.")
    return faults + cross_faults(environment.tier, below | above)


def read_extensions(root: Path, tier: str) -> list[Setting]:
    """Option settings of .ebextensions as the tier's bundle has them."""
    others = tuple(f"{other}-" for other in TIERS if other != tier)
    files = sorted(f for f in (root / ".ebextensions").glob("*.config") if not f.name.startswith(others))
    return [setting for file in files for setting in parse_extension(file.read_text())]


def parse_extension(text: str) -> list[Setting]:
    """Option settings of one file, in either of the two forms that Beanstalk reads."""
    found = (yaml.safe_load(text) or {}).get("option_settings") or {}
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


def read_template(file: Path) -> list[Environment]:
    """The environments of a CloudFormation template; parameters count with their defaults."""
    template = yaml.load(file.read_text(), TemplateLoader)  # noqa: S506  # a SafeLoader
    defaults = {name: p.get("Default") for name, p in template.get("Parameters", {}).items()}
    resources = template.get("Resources", {})
    environments = []
    for name, resource in resources.items():
        if resource["Type"] == "AWS::ElasticBeanstalk::Environment":
            properties = resource["Properties"]
            base = resources.get(_reference(properties.get("TemplateName")), {}).get("Properties", {})
            entries = [*base.get("OptionSettings", []), *properties.get("OptionSettings", [])]
            tier = "worker" if properties.get("Tier", {}).get("Name") == "Worker" else "web"
            settings = [_setting(entry, defaults) for entry in _branches(entries)]
            environments.append(Environment(f"{file.name}, {name}", tier, settings))
    return environments


def _branches(entries: Any) -> Iterator[dict[str, Any]]:
    """Entries with each branch of `Fn::If` counted as present."""
    for entry in entries if isinstance(entries, list) else [entries]:
        if "Fn::If" in entry:
            yield from _branches(entry["Fn::If"][1:])
        elif "Namespace" in entry:
            yield entry


def _setting(entry: dict[str, Any], defaults: dict[str, Any]) -> Setting:
    value = entry.get("Value")
    if isinstance(value, dict):
        value = defaults.get(_reference(value) or "") or None
    return Setting(entry["Namespace"], entry["OptionName"], None if value is None else _text(value))


def _reference(value: Any) -> str | None:
    return value.get("Ref") if isinstance(value, dict) else None


def _text(value: Any) -> str:
    """As Beanstalk gets it: booleans in lower case; documents as text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    sys.exit(main())

"""Which option settings Elastic Beanstalk has, and what their values may be.

Read from two tables beside this file: documented.json (out of the developer guide) and supplement.json. AWS has
no offline check, and CloudFormation's linters take any namespace, name and value.
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent
NUMBERS = re.compile(r"`(-?[\d.]+)` to `(-?[\d.]+)`")
CHOICES = re.compile(r"(`[^`]+`\s*)+")
# Namespaces with a part of one's own, and how the tables call that part.
NAMED = [
    (re.compile(r"aws:elbv2:listener:(?!default$)[^:]+"), "aws:elbv2:listener:listener_port"),
    (re.compile(r"aws:elbv2:listenerrule:[^:]+"), "aws:elbv2:listenerrule:rule_name"),
    (re.compile(r"aws:elb:listener:[^:]+"), "aws:elb:listener:listener_port"),
    (re.compile(r"aws:elb:policies:[^:]+"), "aws:elb:policies:policy_name"),
    (
        re.compile(r"aws:elasticbeanstalk:environment:process:(?!default$)[^:]+"),
        "aws:elasticbeanstalk:environment:process:process_name",
    ),
]


@dataclass(frozen=True)
class Setting:
    """One option setting; `value` is None when only CloudFormation will know it."""

    namespace: str
    option: str
    value: str | None

    @property
    def name(self) -> str:
        """As messages call it."""
        return f"{self.namespace} {self.option}"


def fault(setting: Setting) -> str | None:
    """A sentence when Beanstalk has no such option or would not take its value."""
    options = _options(_table_name(setting.namespace))
    if options is None:
        return f"{setting.namespace}: there is no such namespace."
    rule = options.get(setting.option, options.get("*"))
    if rule is None:
        return f"{setting.name}: there is no such option."
    if setting.value is None or _accepts(rule, setting.value):
        return None
    return f"{setting.name}: {setting.value!r} is not {_describe(rule)}."


def default(namespace: str, option: str) -> str | None:
    """The documented default, where it is a plain value."""
    text = _documents()[0].get(namespace, {}).get(option, {}).get("default", "None").strip("`' ")
    return None if text == "None" or " " in text else text


def _table_name(namespace: str) -> str:
    return next((table for pattern, table in NAMED if pattern.fullmatch(namespace)), namespace)


@cache
def _documents() -> tuple[dict[str, Any], dict[str, Any]]:
    table = json.loads((DATA / "documented.json").read_text())
    supplement = json.loads((DATA / "supplement.json").read_text())
    return table, supplement["rules"]


@cache
def _options(namespace: str) -> dict[str, dict[str, Any]] | None:
    table, supplement = _documents()
    if namespace not in table and namespace not in supplement:
        return None
    rules = {option: _rule(entry["raw"].strip()) for option, entry in table.get(namespace, {}).items()}
    rules.update(supplement.get(namespace, {}))
    return rules


def _rule(raw: str) -> dict[str, Any]:
    """The rule in the guide's column of valid values; prose is taken to allow anything that is not empty."""
    if numbers := NUMBERS.fullmatch(raw):
        return {"range": [float(numbers[1]), float(numbers[2])]}
    if CHOICES.fullmatch(raw):
        return {"one_of": [choice.strip("'") for choice in re.findall(r"`([^`]+)`", raw)]}
    return {"any": True}


def _accepts(rule: dict[str, Any], value: str) -> bool:
    if "one_of" in rule:
        return value in rule["one_of"]
    if "range" in rule:
        low, high = rule["range"]
        return re.fullmatch(r"-?\d+", value) is not None and low <= int(value) <= high
    if "pattern" in rule:
        return re.fullmatch(rule["pattern"], value) is not None
    return bool(value.strip())


def _describe(rule: dict[str, Any]) -> str:
    if "one_of" in rule:
        return f"one of {', '.join(rule['one_of'])}"
    if "range" in rule:
        return "a whole number from {:.0f} to {:.0f}".format(*rule["range"])
    return f"of the form {rule['pattern']}" if "pattern" in rule else "allowed to be empty"

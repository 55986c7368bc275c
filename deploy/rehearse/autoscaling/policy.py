"""The web tier's scaling policy as .ebextensions ships it. What is not understood is refused, never guessed."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from deploy.options.read import read_extensions
from deploy.options.table import Setting, default

ASG = "aws:autoscaling:asg"
TRIGGER = "aws:autoscaling:trigger"
LAUNCH = "aws:autoscaling:launchconfiguration"

# Options that take part in the decision. One of these namespaces that is not here might change it in a way that
# nobody has modelled. The second group has no say in when and how far is scaled.
_TRIGGER_OPTIONS = {
    "MeasureName",
    "Statistic",
    "Unit",
    "UpperThreshold",
    "LowerThreshold",
    "UpperBreachScaleIncrement",
    "LowerBreachScaleIncrement",
    "Period",
    "EvaluationPeriods",
    "BreachDuration",
}
_ASG_OPTIONS = {"MinSize", "MaxSize", "Cooldown"} | {"Availability Zones", "Custom Availability Zones"}
_MONITORING_MINUTES = {"1 minute": 1, "5 minute": 5}


class NotUnderstood(Exception):
    """The settings say something that this model of Auto Scaling doesn't know, or contradict themselves."""


@dataclass(frozen=True)
class Policy:
    """Beanstalk's two alarms and their simple scaling policies. Bytes are NetworkIn of one instance in one datapoint.

    A datapoint covers `monitoring_minutes`: the same number of bytes is five times the traffic with 1 as with 5.
    """

    upper_bytes: int
    lower_bytes: int
    upper_increment: int
    lower_increment: int
    period_minutes: int
    evaluation_periods: int
    cooldown_seconds: int
    min_size: int
    max_size: int
    monitoring_minutes: int

    def __post_init__(self) -> None:
        """Raise NotUnderstood with every contradiction."""
        faults = [sentence for broken, sentence in self._contradictions() if broken]
        if faults:
            raise NotUnderstood(" ".join(faults))

    def _contradictions(self) -> list[tuple[bool, str]]:
        return [
            (
                self.lower_bytes >= self.upper_bytes,
                f"LowerThreshold {self.lower_bytes} must be below UpperThreshold {self.upper_bytes}.",
            ),
            (
                not 1 <= self.min_size <= self.max_size,
                f"MinSize {self.min_size} and MaxSize {self.max_size} leave no group.",
            ),
            (
                self.upper_increment <= 0 or self.lower_increment >= 0,
                "Load above the upper threshold must add instances, load below the lower one remove them.",
            ),
            (
                min(self.period_minutes, self.evaluation_periods) < 1 or self.cooldown_seconds < 0,
                "Period and EvaluationPeriods begin at 1, Cooldown at 0.",
            ),
            (
                self.period_minutes < self.monitoring_minutes,
                f"Period {self.period_minutes} is shorter than the monitoring interval of {self.monitoring_minutes} "
                "minutes: most periods would have no data.",
            ),
        ]


def read_policy(root: Path) -> Policy:
    """The policy in `root`/.ebextensions for the web tier; raises NotUnderstood."""
    return policy_of(read_extensions(root, "web"))


def policy_of(settings: Iterable[Setting]) -> Policy:
    """The policy that option settings amount to, with Beanstalk's defaults for what is not set."""
    given = _by_name(settings)
    known = {TRIGGER: _TRIGGER_OPTIONS, ASG: _ASG_OPTIONS}
    for namespace, option in given:
        if option not in known.get(namespace, {option}):
            raise NotUnderstood(f"{namespace} {option}: what this does to scaling is not modelled.")
        if namespace == "aws:autoscaling:scheduledaction":
            raise NotUnderstood("Scheduled actions are not modelled.")

    def text(namespace: str, option: str) -> str | None:
        return given.get((namespace, option)) or default(namespace, option)

    def number(option: str, namespace: str = TRIGGER) -> int:
        value = text(namespace, option)
        if value is None or not re.fullmatch(r"-?\d{1,9}", value):
            raise NotUnderstood(f"{namespace} {option}: {value!r} is no whole number.")
        return int(value)

    for option, understood in (("MeasureName", "NetworkIn"), ("Statistic", "Average"), ("Unit", "Bytes")):
        if (found := text(TRIGGER, option)) != understood:
            raise NotUnderstood(f"{TRIGGER} {option}: {found!r} is not modelled; only {understood} is.")
    interval = given.get((LAUNCH, "MonitoringInterval"), "5 minute")
    if interval not in _MONITORING_MINUTES:
        raise NotUnderstood(f"{LAUNCH} MonitoringInterval: {interval!r} is neither of the two that exist.")
    period, evaluations, breach = number("Period"), number("EvaluationPeriods"), number("BreachDuration")
    if period * evaluations != breach:
        raise NotUnderstood(
            f"BreachDuration {breach} is not Period {period} × EvaluationPeriods {evaluations}: "
            "which of them Beanstalk would follow is not documented."
        )
    return Policy(
        upper_bytes=number("UpperThreshold"),
        lower_bytes=number("LowerThreshold"),
        upper_increment=number("UpperBreachScaleIncrement"),
        lower_increment=number("LowerBreachScaleIncrement"),
        period_minutes=period,
        evaluation_periods=evaluations,
        cooldown_seconds=number("Cooldown", ASG),
        min_size=number("MinSize", ASG),
        max_size=number("MaxSize", ASG),
        monitoring_minutes=_MONITORING_MINUTES[interval],
    )


def _by_name(settings: Iterable[Setting]) -> dict[tuple[str, str], str]:
    given: dict[tuple[str, str], str] = {}
    for setting in settings:
        key = (setting.namespace, setting.option)
        if setting.value is None:
            raise NotUnderstood(f"{setting.name}: has no value here.")
        if key in given:
            raise NotUnderstood(f"{setting.name}: is set twice.")
        given[key] = setting.value
    return given

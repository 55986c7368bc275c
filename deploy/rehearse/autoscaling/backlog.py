"""The worker tier's target tracking on the backlog: how long a burst of uploads takes to drain.

Rules from «Target tracking scaling policies» in the Auto Scaling guide and the alarms that it creates: out after
three minutes above the target, in after fifteen below nine tenths of it; the new size is proportional; while
instances warm up, they count as capacity and nothing is removed.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from deploy.options.read import read_extensions
from deploy.rehearse.autoscaling.policy import ASG, NotUnderstood

OUT_MINUTES, IN_MINUTES, IN_SHARE = 3, 15, 0.9
# What the shipped target is derived from: two processes on an instance, two seconds for a picture at most.
PICTURES_PER_MINUTE = 2 * 60 / 2
# A machine counts as in service after a minute; it takes messages once the application is installed.
IN_SERVICE_AFTER, WORKS_AFTER = 1, 4
_METRICS = {
    "visible": "ApproximateNumberOfMessagesVisible",
    "in_flight": "ApproximateNumberOfMessagesNotVisible",
    "workers": "GroupInServiceInstances",
}
_EXPRESSION = "(visible + in_flight) / workers"


@dataclass(frozen=True)
class Tracking:
    """`target` is messages for each worker instance."""

    target: float
    warmup_seconds: int
    min_size: int
    max_size: int


@dataclass(frozen=True)
class Drain:
    """Minutes until the last picture is done, the most workers, and instance-hours until then."""

    minutes: int
    most_workers: int
    instance_hours: float


def read_tracking(root: Path) -> Tracking:
    """The policy in `root`/.ebextensions for the worker tier; raises NotUnderstood."""
    resources: dict[str, Any] = {}
    for file in sorted((root / ".ebextensions").glob("worker-*.config")):
        resources |= (yaml.safe_load(file.read_text()) or {}).get("Resources") or {}
    sizes = {s.option: s.value for s in read_extensions(root, "worker") if s.namespace == ASG}
    return tracking_of(resources, sizes)


def tracking_of(resources: dict[str, Any], sizes: dict[str, str | None]) -> Tracking:
    """The one target-tracking policy among CloudFormation resources; raises NotUnderstood."""
    policies = [r["Properties"] for r in resources.values() if r["Type"] == "AWS::AutoScaling::ScalingPolicy"]
    if len(policies) != 1 or policies[0].get("PolicyType") != "TargetTrackingScaling":
        raise NotUnderstood("The worker tier must have one scaling policy, of type TargetTrackingScaling.")
    configuration = policies[0]["TargetTrackingConfiguration"]
    queries = configuration["CustomizedMetricSpecification"]["Metrics"]
    found = {q["Id"]: q["MetricStat"]["Metric"]["MetricName"] for q in queries if "MetricStat" in q}
    if found != _METRICS or [q["Expression"] for q in queries if q.get("ReturnData")] != [_EXPRESSION]:
        raise NotUnderstood(f"The worker tier's metric is not {_EXPRESSION} of the three that are modelled.")
    try:
        return Tracking(
            float(configuration["TargetValue"]),
            int(policies[0]["EstimatedInstanceWarmup"]),
            int(sizes["MinSize"] or ""),
            int(sizes["MaxSize"] or ""),
        )
    except (KeyError, ValueError) as error:
        raise NotUnderstood(f"The worker tier's scaling: {error} is missing or no number.") from error


def wanted_size(tracking: Tracking, size: int, history: list[float], *, warming: bool) -> int:
    """The size that the last minutes' backlogs for each worker (newest last) ask for."""
    out, low = history[-OUT_MINUTES:], history[-IN_MINUTES:]
    proportional = math.ceil(size * history[-1] / tracking.target) if history else size
    if len(out) == OUT_MINUTES and min(out) > tracking.target:
        return max(size, min(tracking.max_size, proportional))
    if not warming and len(low) == IN_MINUTES and max(low) < IN_SHARE * tracking.target:
        return min(size, max(tracking.min_size, proportional))
    return size


def drain(tracking: Tracking, uploads: int, *, size: int | None = None, fixed: bool = False) -> Drain:
    """A burst that is all there at minute 0. `size` workers run from the start; without one, the fewest."""
    ages = [WORKS_AFTER] * (size or tracking.min_size)
    backlog, minute, most, instance_minutes = float(uploads), 0, len(ages), 0
    history: list[float] = []
    while backlog > 0:
        minute += 1
        instance_minutes += len(ages)
        backlog -= PICTURES_PER_MINUTE * sum(age >= WORKS_AFTER for age in ages)
        ages = [age + 1 for age in ages]
        history.append(max(0.0, backlog) / sum(age >= IN_SERVICE_AFTER for age in ages))
        if not fixed:
            warming = any(age * 60 < tracking.warmup_seconds for age in ages)
            wanted = wanted_size(tracking, len(ages), history, warming=warming)
            ages = sorted(ages, reverse=True)[:wanted] + [0] * (wanted - len(ages))
        most = max(most, len(ages))
    return Drain(minute, most, instance_minutes / 60)

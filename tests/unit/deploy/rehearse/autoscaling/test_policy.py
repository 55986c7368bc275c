"""The shipped policy is read as it is, and settings that are wrong or unknown are refused."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.options.read import read_extensions
from deploy.options.table import Setting
from deploy.rehearse.autoscaling.backlog import Tracking, read_tracking, tracking_of
from deploy.rehearse.autoscaling.policy import (
    ASG,
    LAUNCH,
    TRIGGER,
    NotUnderstood,
    Policy,
    policy_of,
    read_policy,
)

ROOT = Path(__file__).resolve().parents[5]


def changed(namespace: str, option: str, value: str) -> list[Setting]:
    """The shipped settings with one of them planted."""
    kept = [s for s in read_extensions(ROOT, "web") if (s.namespace, s.option) != (namespace, option)]
    return [*kept, Setting(namespace, option, value)]


def test_the_shipped_policy_is_the_one_that_was_asked_for() -> None:
    assert read_policy(ROOT) == Policy(
        upper_bytes=1_000_000,
        lower_bytes=500_000,
        upper_increment=1,
        lower_increment=-1,
        period_minutes=1,
        evaluation_periods=5,
        cooldown_seconds=360,
        min_size=2,
        max_size=4,
        monitoring_minutes=1,
    )


@pytest.mark.parametrize(
    ("namespace", "option", "value", "complaint"),
    [
        (TRIGGER, "MeasureName", "NetworkOut", "MeasureName"),
        (TRIGGER, "Statistic", "Maximum", "Statistic"),
        (TRIGGER, "Unit", "Bits", "Unit"),
        (TRIGGER, "UpperThreshold", "1 MB", "no whole number"),
        (TRIGGER, "UpperThreshold", "500000", "must be below"),
        (TRIGGER, "UpperBreachScaleIncrement", "-1", "must add instances"),
        (TRIGGER, "LowerBreachScaleIncrement", "1", "must add instances"),
        (TRIGGER, "UpperBreachScaleIncrement", "50%", "no whole number"),
        (TRIGGER, "BreachDuration", "1", "is not Period"),
        (TRIGGER, "EvaluationPeriods", "0", "is not Period"),
        (TRIGGER, "TreatMissingData", "breaching", "not modelled"),
        (ASG, "MinSize", "5", "leave no group"),
        (ASG, "Cooldown", "-1", "begin at"),
        (ASG, "EnableCapacityRebalancing", "true", "not modelled"),
        (LAUNCH, "MonitoringInterval", "5 minute", "would have no data"),
        (LAUNCH, "MonitoringInterval", "10 minute", "neither of the two"),
        ("aws:autoscaling:scheduledaction", "MinSize", "3", "Scheduled actions"),
    ],
)
def test_a_planted_setting_is_refused(namespace: str, option: str, value: str, complaint: str) -> None:
    with pytest.raises(NotUnderstood, match=complaint):
        policy_of(changed(namespace, option, value))


def test_a_setting_that_is_there_twice_is_refused() -> None:
    with pytest.raises(NotUnderstood, match="set twice"):
        policy_of([*read_extensions(ROOT, "web"), Setting(ASG, "MaxSize", "4")])


def test_without_settings_beanstalks_own_default_metric_is_refused() -> None:
    with pytest.raises(NotUnderstood, match="NetworkOut"):
        policy_of([])


def resources() -> dict[str, Any]:
    """The worker tier's resources as shipped, free to be changed."""
    text = (ROOT / ".ebextensions" / "worker-20-scaling.config").read_text()
    found: dict[str, Any] = yaml.safe_load(text)["Resources"]
    return found


SIZES: dict[str, str | None] = {"MinSize": "1", "MaxSize": "4"}


def test_the_workers_policy_is_read() -> None:
    assert read_tracking(ROOT) == Tracking(target=120, warmup_seconds=240, min_size=1, max_size=4)


def test_another_expression_than_the_backlog_for_each_worker_is_refused() -> None:
    planted = resources()
    [query] = [
        q
        for q in planted["WorkerBacklog"]["Properties"]["TargetTrackingConfiguration"][
            "CustomizedMetricSpecification"
        ]["Metrics"]
        if q.get("ReturnData")
    ]
    query["Expression"] = "visible / workers"
    with pytest.raises(NotUnderstood, match="metric"):
        tracking_of(planted, SIZES)


def test_step_scaling_for_workers_is_refused() -> None:
    planted = resources()
    planted["WorkerBacklog"]["Properties"]["PolicyType"] = "StepScaling"
    with pytest.raises(NotUnderstood, match="TargetTrackingScaling"):
        tracking_of(planted, SIZES)


def test_a_missing_size_of_the_worker_group_is_refused() -> None:
    with pytest.raises(NotUnderstood, match="MaxSize"):
        tracking_of(resources(), {"MinSize": "1"})

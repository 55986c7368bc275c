"""Settings that Beanstalk would accept and the portal can't work with; and the numbers that were asked for."""

import pytest

from deploy.options.check import ROOT, read_extensions
from deploy.options.rules import ASG, COMMAND, ENVIRONMENT, LAUNCH, PROCESS, TRIGGER, cross_faults

LOGS = "aws:elasticbeanstalk:cloudwatch:logs"


def shipped(tier: str) -> dict[tuple[str, str], str | None]:
    return {(s.namespace, s.option): s.value for s in read_extensions(ROOT, tier)}


@pytest.mark.parametrize(
    ("tier", "namespace", "option", "value"),
    [
        ("web", PROCESS, "HealthCheckPath", "/"),
        ("web", PROCESS, "Port", "8080"),
        ("web", ASG, "Availability Zones", "Any 1"),
        ("web", ASG, "Cooldown", "0"),
        ("web", LAUNCH, "DisableIMDSv1", "false"),
        ("web", ENVIRONMENT, "EnvironmentType", "SingleInstance"),
        ("web", LOGS, "StreamLogs", "false"),
        ("worker", COMMAND, "DeploymentPolicy", "Immutable"),
    ],
)
def test_a_planted_value_is_found(tier: str, namespace: str, option: str, value: str) -> None:
    found = cross_faults(tier, shipped(tier) | {(namespace, option): value})
    assert any(f"{namespace} {option}: " in sentence for sentence in found), found


def test_the_numbers_that_were_asked_for() -> None:
    web = shipped("web")
    asked = {
        (ASG, "MinSize"): "2",
        (ASG, "MaxSize"): "4",
        (ASG, "Cooldown"): "360",
        (LAUNCH, "DisableIMDSv1"): "true",
        (LOGS, "StreamLogs"): "true",
        (TRIGGER, "MeasureName"): "NetworkIn",
        (TRIGGER, "UpperThreshold"): "1000000",
        (TRIGGER, "LowerThreshold"): "500000",
        (TRIGGER, "UpperBreachScaleIncrement"): "1",
        (TRIGGER, "LowerBreachScaleIncrement"): "-1",
        (PROCESS, "HealthCheckInterval"): "10",
        (PROCESS, "HealthCheckTimeout"): "5",
        (PROCESS, "HealthyThresholdCount"): "3",
        (PROCESS, "UnhealthyThresholdCount"): "5",
    }
    assert {name: web[name] for name in asked} == asked

"""Settings that Beanstalk would accept and the portal can't work with; and the numbers that were asked for."""

import pytest
import yaml

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
        ("web", "aws:elbv2:listener:443", "SSLPolicy", "ELBSecurityPolicy-TLS13-1-2-2021-60"),
        ("worker", COMMAND, "DeploymentPolicy", "Immutable"),
    ],
)
def test_a_planted_value_is_found(tier: str, namespace: str, option: str, value: str) -> None:
    found = cross_faults(tier, shipped(tier) | {(namespace, option): value})
    assert any(f"{namespace} {option}: " in sentence for sentence in found), found


def test_a_classic_balancer_has_none_of_the_other_ones_options() -> None:
    found = cross_faults("web", shipped("web") | {(ENVIRONMENT, "LoadBalancerType"): "classic"})
    assert "aws:elbv2:loadbalancer IdleTimeout: a classic balancer does not have this." in found


def test_a_web_instance_whose_application_hangs_is_replaced() -> None:
    made = yaml.safe_load((ROOT / ".ebextensions/web-10-scaling.config").read_text())["Resources"]
    assert made["AWSEBAutoScalingGroup"]["Properties"]["HealthCheckType"] == "ELB"


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

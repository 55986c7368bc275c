"""Settings that Beanstalk would accept and the portal can't work with; and the numbers that were asked for."""

import pytest

from deploy.bundle import VARIANTS
from deploy.options.check import ROOT
from deploy.options.kinds import ENVIRONMENT, HEALTH_URL, PROCESS
from deploy.options.read import read_extensions, read_resources, read_template
from deploy.options.rules import ASG, COMMAND, LAUNCH, TRIGGER, cross_faults, group_faults

LOGS = "aws:elasticbeanstalk:cloudwatch:logs"


def shipped(tier: str, variant: str = "") -> dict[tuple[str, str], str | None]:
    return {(s.namespace, s.option): s.value for s in read_extensions(ROOT, tier, variant)}


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


@pytest.mark.parametrize(
    ("tier", "variant", "name"),
    [
        ("web", "", (LAUNCH, "DisableIMDSv1")),
        ("web", "", (LOGS, "StreamLogs")),
        ("worker", "", (LOGS, "StreamLogs")),
        ("web", "", (ASG, "Availability Zones")),
        ("web", "", (PROCESS, "HealthCheckPath")),
        ("web", "classic", HEALTH_URL),
        ("web", "classic", ("aws:elb:loadbalancer", "CrossZone")),
        ("web", "classic", ("aws:elb:policies", "ConnectionDrainingEnabled")),
    ],
)
def test_a_setting_that_is_gone_is_found(tier: str, variant: str, name: tuple[str, str]) -> None:
    values = shipped(tier, variant)
    del values[name]
    assert any(" ".join(name) in sentence for sentence in cross_faults(tier, values))


SINGLE = {(ENVIRONMENT, "EnvironmentType"): "SingleInstance"}
BY_A_CLASSIC_ONE = {(ENVIRONMENT, "LoadBalancerType"): "classic"}


@pytest.mark.parametrize(
    ("kind", "setting", "said"),
    [
        (BY_A_CLASSIC_ONE, "aws:elbv2:loadbalancer IdleTimeout", "a classic balancer"),
        (BY_A_CLASSIC_ONE, f"{PROCESS} HealthCheckPath", "a classic balancer"),
        ({("aws:elb:healthcheck", "Interval"): "10"}, "aws:elb:healthcheck Interval", "an application load"),
        (SINGLE, "aws:elbv2:loadbalancer IdleTimeout", "a single instance"),
        (SINGLE, f"{ENVIRONMENT} LoadBalancerType", "a single instance"),
    ],
)
def test_a_kind_of_environment_has_the_settings_of_its_kind_alone(
    kind: dict[tuple[str, str], str], setting: str, said: str
) -> None:
    found = cross_faults("web", shipped("web") | kind)
    assert any(sentence.startswith(f"{setting}: {said}") for sentence in found), found


@pytest.mark.parametrize(
    ("architecture", "types", "right"),
    [
        ("arm64", "t4g.small,c7gn.large,im4gn.large", True),
        ("arm64", "t4g.small,t3.small", False),
        ("x86_64", "t3.small,g4dn.xlarge", True),
        ("x86_64", "m7gd.large", False),
    ],
)
def test_machines_are_of_the_architecture_that_is_asked_for(
    architecture: str, types: str, right: bool
) -> None:
    machines = "aws:ec2:instances"
    given = {(machines, "SupportedArchitectures"): architecture, (machines, "InstanceTypes"): types}
    assert (cross_faults("web", shipped("web") | given) == []) is right


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_web_instance_whose_application_hangs_is_replaced(variant: str) -> None:
    made = read_resources(ROOT, "web", variant)
    assert group_faults("web", made) == []
    for planted in ({"HealthCheckType": "EC2"}, {}):
        [said] = group_faults("web", made | {"AWSEBAutoScalingGroup": planted})
        assert "'EC2' must be 'ELB'" in said


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


def test_a_classic_balancer_has_the_same_numbers() -> None:
    web, classic = shipped("web"), shipped("web", "classic")
    for option, twin in (
        ("Interval", "HealthCheckInterval"),
        ("Timeout", "HealthCheckTimeout"),
        ("HealthyThreshold", "HealthyThresholdCount"),
        ("UnhealthyThreshold", "UnhealthyThresholdCount"),
    ):
        assert classic["aws:elb:healthcheck", option] == web[PROCESS, twin]
    assert classic["aws:elb:policies", "ConnectionDrainingTimeout"] == web[PROCESS, "DeregistrationDelay"]


CANARY = {(COMMAND, "DeploymentPolicy"): "TrafficSplitting"}


def test_a_canary_needs_a_balancer_that_can_split() -> None:
    assert cross_faults("web", shipped("web") | CANARY) == []
    found = cross_faults("web", shipped("web", "classic") | CANARY)
    assert any("TrafficSplitting needs an application load balancer" in sentence for sentence in found)


def test_the_measured_thresholds_are_the_asked_ones_times_twenty() -> None:
    asked, made = shipped("web"), {"ScalingThresholds": "measured"}
    [web] = [
        e for e in read_template(ROOT / "deploy/cloudformation/environments.yaml", made) if e.tier == "web"
    ]
    measured = {(s.namespace, s.option): s.value for s in web.settings}
    for option in ("UpperThreshold", "LowerThreshold"):
        assert int(measured[TRIGGER, option] or 0) == 20 * int(asked[TRIGGER, option] or 0)

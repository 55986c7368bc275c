"""What option settings must be to each other, and which of them lose against the EB CLI and the console."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from deploy.options.kinds import ENVIRONMENT, HEALTH_URL, PROCESS, SQSD, faults_of_kind, kind_of
from deploy.options.table import Setting, default

ASG = "aws:autoscaling:asg"
TRIGGER = "aws:autoscaling:trigger"
ROLLING = "aws:autoscaling:updatepolicy:rollingupdate"
LAUNCH = "aws:autoscaling:launchconfiguration"
COMMAND = "aws:elasticbeanstalk:command"
HEALTH = "aws:elasticbeanstalk:healthreporting:system"
MANAGED = "aws:elasticbeanstalk:managedactions"

# Graviton's families have a g after their generation (t4g, m7gd, c7gn, im4gn); g5g is one, g4dn is not.
GRAVITON = re.compile(r"(a1|[a-z]+\d+g[a-z]*)\..+")
UNITS = {"NetworkIn": "Bytes", "NetworkOut": "Bytes", "CPUUtilization": "Percent", "RequestCount": "Count"}

# Values that Beanstalk would take otherwise too, or have by default, and the portal would not work with: by tier, and
# by the balancer.
PROMISED: dict[str, dict[tuple[str, str], str]] = {
    "both": {
        (LAUNCH, "DisableIMDSv1"): "true",
        ("aws:elasticbeanstalk:cloudwatch:logs", "StreamLogs"): "true",
    },
    "web": {
        (ASG, "Availability Zones"): "Any 2",
        (ENVIRONMENT, "EnvironmentType"): "LoadBalanced",
    },
    "worker": {},
    "application": {
        (PROCESS, "HealthCheckPath"): "/check-status",
        (PROCESS, "Port"): "80",
        (PROCESS, "Protocol"): "HTTP",
    },
    "classic": {
        HEALTH_URL: "/check-status",
        ("aws:elb:loadbalancer", "CrossZone"): "true",
        ("aws:elb:policies", "ConnectionDrainingEnabled"): "true",
    },
    "none": {},
}

TLS_POLICIES = {
    ("aws:elbv2:listener:443", "SSLPolicy"): {
        "ELBSecurityPolicy-TLS13-1-2-2021-06",
        "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
        "ELBSecurityPolicy-TLS13-1-3-2021-06",
    },
    ("aws:elb:policies:tls", "SSLReferencePolicy"): {"ELBSecurityPolicy-TLS-1-2-2017-01"},
}

# What the EB CLI and the console set at API level by themselves, where it silently beats .ebextensions.
# https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options.html#configuration-options-recommendedvalues
OVERRIDDEN = {
    (LAUNCH, "EC2KeyName"),
    (LAUNCH, "IamInstanceProfile"),
    (LAUNCH, "InstanceType"),
    (ROLLING, "RollingUpdateType"),
    (ROLLING, "RollingUpdateEnabled"),
    ("aws:elasticbeanstalk:application", "Application Healthcheck URL"),
    (COMMAND, "DeploymentPolicy"),
    (COMMAND, "BatchSize"),
    (COMMAND, "BatchSizeType"),
    (ENVIRONMENT, "EnvironmentType"),
    (ENVIRONMENT, "LoadBalancerType"),
    (ENVIRONMENT, "ServiceRole"),
    (HEALTH, "SystemType"),
    (HEALTH, "HealthCheckSuccessThreshold"),
    (SQSD, "HttpConnections"),
    ("aws:elb:loadbalancer", "CrossZone"),
    ("aws:elb:policies", "ConnectionDrainingTimeout"),
    ("aws:elb:policies", "ConnectionDrainingEnabled"),
}


class Settings:
    """Option settings by name, with Beanstalk's defaults for what is not set."""

    def __init__(self, values: Mapping[tuple[str, str], str | None]) -> None:
        self._values = values

    def sets(self, namespace: str, *options: str) -> bool:
        """Whether one of the options is set here."""
        return any((namespace, option) in self._values for option in options)

    def text(self, namespace: str, option: str) -> str | None:
        """The value, or None when nobody knows it yet."""
        if (namespace, option) in self._values:
            return self._values[namespace, option]
        return default(namespace, option)

    def number(self, namespace: str, option: str) -> int | None:
        """The value if it is known and a whole number; another is the table's business."""
        text = self.text(namespace, option)
        return int(text) if text is not None and re.fullmatch(r"-?\d+", text) else None


def cross_faults(tier: str, values: Mapping[tuple[str, str], str | None]) -> list[str]:
    """A sentence for each contradiction among a tier's (`web`, `worker`) effective settings."""
    given = Settings(values)
    return [
        *faults_of_kind(tier, values),
        *_sizes(given),
        *_trigger(given),
        *_deployment(given),
        *_times(given),
        *_machines(given),
        *_promised(tier, kind_of(tier, values).balancer, given),
    ]


def group_faults(tier: str, resources: Mapping[str, Any]) -> list[str]:
    """A sentence when the web tier's group would keep an instance whose application hangs: no option setting tells."""
    found = resources.get("AWSEBAutoScalingGroup", {}).get("HealthCheckType", "EC2")
    if tier == "web" and found != "ELB":
        return [f"AWSEBAutoScalingGroup HealthCheckType: {found!r} must be 'ELB' here."]
    return []


def overridden(settings: list[Setting]) -> list[Setting]:
    """Those that would lose if the environment were made by the EB CLI or the console."""
    return [s for s in settings if (s.namespace, s.option) in OVERRIDDEN]


def _promised(tier: str, balancer: str, given: Settings) -> Iterator[str]:
    """What is allowed and still wrong for this portal."""
    wanted = PROMISED["both"] | PROMISED[tier] | PROMISED.get(balancer, {})
    for (namespace, option), value in wanted.items():
        found = given.text(namespace, option)
        unknown = found is None and given.sets(namespace, option)
        if not unknown and found != value:
            yield f"{namespace} {option}: {found or 'nothing'!r} must be {value!r} here."
    if given.number(ASG, "Cooldown") == 0:
        yield f"{ASG} Cooldown: 0 would start an instance on the downloads of the one before."
    for (namespace, option), policies in TLS_POLICIES.items():
        policy = given.text(namespace, option)
        if policy is not None and policy not in policies:
            yield f"{namespace} {option}: {policy!r} is not one of {', '.join(sorted(policies))}."
    if tier == "worker" and given.text(COMMAND, "DeploymentPolicy") == "Immutable":
        yield f"{COMMAND} DeploymentPolicy: Immutable ends workers without letting them drain."
    if balancer != "application" and given.text(COMMAND, "DeploymentPolicy") == "TrafficSplitting":
        yield f"{COMMAND} DeploymentPolicy: TrafficSplitting needs an application load balancer."


def _sizes(given: Settings) -> Iterator[str]:
    low, high = given.number(ASG, "MinSize"), given.number(ASG, "MaxSize")
    if low is not None and high is not None and low > high:
        yield f"{ASG}: MinSize {low} is above MaxSize {high}."
    in_service = given.number(ROLLING, "MinInstancesInService")
    if in_service is not None and high is not None and in_service >= high:
        yield f"{ROLLING}: MinInstancesInService {in_service} must be below MaxSize {high}."
    batch = given.number(COMMAND, "BatchSize") if given.sets(COMMAND, "BatchSize", "BatchSizeType") else None
    kind = given.text(COMMAND, "BatchSizeType")
    most = high if kind == "Fixed" else 100
    if batch is not None and most is not None and batch > most:
        yield f"{COMMAND}: BatchSize {batch} is above {most}, the most for BatchSizeType {kind}."


def _trigger(given: Settings) -> Iterator[str]:
    period, evaluations, breach = (
        given.number(TRIGGER, option) for option in ("Period", "EvaluationPeriods", "BreachDuration")
    )
    known = None not in (period, evaluations, breach)
    if known and given.sets(TRIGGER, "Period", "EvaluationPeriods", "BreachDuration"):
        assert period is not None  # noqa: S101  # for the type checker
        assert evaluations is not None  # noqa: S101
        if period * evaluations != breach:
            yield f"{TRIGGER}: BreachDuration {breach} is not Period {period} × EvaluationPeriods {evaluations}."
        if period < 5 and given.text(LAUNCH, "MonitoringInterval") != "1 minute":
            yield f"{TRIGGER}: Period {period} needs {LAUNCH} MonitoringInterval «1 minute»: no data otherwise."
    lower, upper = given.number(TRIGGER, "LowerThreshold"), given.number(TRIGGER, "UpperThreshold")
    if lower is not None and upper is not None and lower >= upper:
        yield f"{TRIGGER}: LowerThreshold {lower} must be below UpperThreshold {upper}."
    more, fewer = (given.number(TRIGGER, f"{s}BreachScaleIncrement") for s in ("Upper", "Lower"))
    if (more is not None and more < 0) or (fewer is not None and fewer > 0):
        yield f"{TRIGGER}: with these increments load above would remove instances or calm would add them."
    measure, unit = given.text(TRIGGER, "MeasureName"), given.text(TRIGGER, "Unit")
    if measure in UNITS and unit is not None and unit != UNITS[measure]:
        yield f"{TRIGGER}: {measure} is measured in {UNITS[measure]}, not in {unit}."


def _deployment(given: Settings) -> Iterator[str]:
    timeout = given.number(COMMAND, "Timeout")
    for delay in ((PROCESS, "DeregistrationDelay"), ("aws:elb:policies", "ConnectionDrainingTimeout")):
        draining = given.number(*delay)
        if draining is not None and timeout is not None and draining >= timeout:
            yield f"{COMMAND}: Timeout {timeout} must leave room for {delay[1]} {draining}."
    if given.text(MANAGED, "ManagedActionsEnabled") == "true":
        if given.text(HEALTH, "SystemType") == "basic":
            yield f"{MANAGED}: managed updates need enhanced health reporting."
        if not given.sets(MANAGED, "PreferredStartTime"):
            yield f"{MANAGED}: managed updates need a PreferredStartTime."
        if not given.sets(f"{MANAGED}:platformupdate", "UpdateLevel"):
            yield f"{MANAGED}: managed updates need {MANAGED}:platformupdate UpdateLevel."


def _times(given: Settings) -> Iterator[str]:
    timeout = given.number(PROCESS, "HealthCheckTimeout")
    interval = given.number(PROCESS, "HealthCheckInterval")
    if timeout is not None and interval is not None and timeout >= interval:
        yield f"{PROCESS}: HealthCheckTimeout {timeout} must be below HealthCheckInterval {interval}."
    if given.sets(SQSD, "VisibilityTimeout", "InactivityTimeout"):
        visibility, inactivity = (
            given.number(SQSD, f"{name}Timeout") for name in ("Visibility", "Inactivity")
        )
        if visibility is not None and inactivity is not None and visibility <= inactivity:
            yield f"{SQSD}: VisibilityTimeout {visibility} must be above InactivityTimeout {inactivity}."


def _machines(given: Settings) -> Iterator[str]:
    architecture = given.text("aws:ec2:instances", "SupportedArchitectures")
    for machine in (given.text("aws:ec2:instances", "InstanceTypes") or "").split(","):
        found = "arm64" if GRAVITON.fullmatch(machine.strip()) else "x86_64"
        if machine and found != (architecture or "x86_64"):
            yield f"aws:ec2:instances InstanceTypes: {machine} is {found}, SupportedArchitectures {architecture}."

"""Which settings an environment of a kind has at all: by tier, environment type and load balancer, taken together."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

ENVIRONMENT = "aws:elasticbeanstalk:environment"
PROCESS = "aws:elasticbeanstalk:environment:process:default"
SQSD = "aws:elasticbeanstalk:sqsd"
HEALTH_URL = ("aws:elasticbeanstalk:application", "Application Healthcheck URL")

CLASSIC = re.compile(r"aws:elb:.*")
APPLICATION = re.compile(r"aws:elbv2:.*|aws:elasticbeanstalk:environment:process:.*")
OF_A_BALANCER = {
    (ENVIRONMENT, "LoadBalancerType"),
    (ENVIRONMENT, "LoadBalancerIsShared"),
    ("aws:ec2:vpc", "ELBSubnets"),
    ("aws:ec2:vpc", "ELBScheme"),
}

Values = Mapping[tuple[str, str], str | None]


class Kind(NamedTuple):
    """What decides which settings there are. `balancer` is `classic`, `application` or `none`."""

    tier: str
    balancer: str


def kind_of(tier: str, values: Values) -> Kind:
    """The kind of an environment by its settings, with Beanstalk's defaults: load-balanced, by a classic one."""
    single = values.get((ENVIRONMENT, "EnvironmentType")) == "SingleInstance"
    if tier == "worker" or single:
        return Kind(tier, "none")
    return Kind(tier, values.get((ENVIRONMENT, "LoadBalancerType")) or "classic")


def faults_of_kind(tier: str, values: Values) -> Iterator[str]:
    """A sentence for each setting that an environment of this kind does not have, or must have and lacks."""
    kind = kind_of(tier, values)
    for name in values:
        if reason := _refused(kind, *name):
            yield f"{' '.join(name)}: {reason}"
    if kind.balancer == "classic" and HEALTH_URL not in values:
        yield f"{' '.join(HEALTH_URL)}: without it a classic balancer looks no further than whether port 80 is open."
    if kind.balancer == "application" and (PROCESS, "HealthCheckPath") not in values:
        yield f"{PROCESS} HealthCheckPath: without it the balancer asks for `/`, which is a page."


def _refused(kind: Kind, namespace: str, option: str) -> str | None:
    if (namespace, option) == (SQSD, "WorkerQueueURL"):
        return "sqsd must keep a queue of its own; on the portal's it would eat messages."
    if kind.tier == "web" and namespace == SQSD:
        return "only worker environments have sqsd."
    classic, application = CLASSIC.fullmatch(namespace), APPLICATION.fullmatch(namespace)
    if kind.balancer == "none" and (classic or application or (namespace, option) in OF_A_BALANCER):
        who = "a worker environment" if kind.tier == "worker" else "a single instance"
        return f"{who} has no load balancer and refuses this."
    if kind.balancer == "classic" and application:
        return "a classic balancer does not have this."
    if kind.balancer == "application" and classic:
        return "an application load balancer does not have this; the two can't be mixed."
    return None

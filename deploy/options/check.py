"""Checks every Beanstalk option setting of this repository: `python -m deploy.options.check`.

Looks at .ebextensions of each tier and variant and at the environments in deploy/cloudformation/: names and values
(deploy.options.table), which of them a kind of environment has (deploy.options.kinds), what they must be to each other
(deploy.options.rules), and precedence. Settings at API level, a template's, silently beat .ebextensions; so the two
must not differ.
"""

import sys
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path

from deploy.options.read import TIERS, Environment, read_extensions, read_resources, read_template
from deploy.options.rules import COMMAND, TRIGGER, cross_faults, group_faults, overridden
from deploy.options.table import Setting, fault

ROOT = Path(__file__).resolve().parents[2]
TLS = {"CertificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/0-0"}
DEFAULTS = {
    "AccessLogBucket": "",
    "RequestsPerFiveMinutes": "0",
    "InstancesInPublicSubnets": "false",
    "ScalingThresholds": "asked",
    "WebDeployment": "rolling",
    "WebInstanceTypes": "",
    "WorkerInstanceTypes": "",
    "WorkerSpot": "false",
}
# The environments that can be made: a variant of the bundles, and the parameters that go with it.
MADE: tuple[tuple[str, dict[str, str]], ...] = tuple(
    (variant, {**DEFAULTS, **parameters, "Architecture": architecture})
    for architecture in ("arm64", "x86_64")
    for variant, parameters in (
        ("", {"LoadBalancerType": "application", **TLS}),
        ("classic", {"LoadBalancerType": "classic", **TLS}),
        ("classic", {"LoadBalancerType": "classic", "CertificateArn": ""}),
        ("trial", {"LoadBalancerType": "application", "CertificateArn": ""}),
        (
            "trial",
            {"LoadBalancerType": "application", "CertificateArn": "", "InstancesInPublicSubnets": "true"},
        ),
        ("waf", {"LoadBalancerType": "application", **TLS, "RequestsPerFiveMinutes": "2000"}),
        ("", {"LoadBalancerType": "application", **TLS, "ScalingThresholds": "measured"}),
        ("classic", {"LoadBalancerType": "classic", **TLS, "ScalingThresholds": "measured"}),
        ("", {"LoadBalancerType": "application", **TLS, "WebDeployment": "canary"}),
        ("", {"LoadBalancerType": "application", **TLS, "WorkerSpot": "true", "AccessLogBucket": "logs"}),
    )
)
# Settings with which a parameter beats .ebextensions on purpose.
MEANT = {
    ("ScalingThresholds", "measured"): {(TRIGGER, "UpperThreshold"), (TRIGGER, "LowerThreshold")},
    ("WebDeployment", "canary"): {(COMMAND, "DeploymentPolicy")},
}


def main() -> int:
    """Print every fault, and which settings `eb create` would override; exit code 1 when there is a fault."""
    faults: list[str] = []
    for tier in TIERS:
        settings = read_extensions(ROOT, tier)
        names = ", ".join(s.option for s in overridden(settings))
        sys.stdout.write(
            f"{tier}: {len(settings)} settings. `eb create` or the console would override: {names}.\n"
        )
        faults += [f".ebextensions, {tier}: {sentence}" for sentence in check(tier, settings)]
    for variant, parameters in MADE:
        faults += check_made(variant, parameters)
    for sentence in faults:
        sys.stderr.write(f"{sentence}\n")
    return 1 if faults else 0


def check_made(variant: str, parameters: Mapping[str, str]) -> list[str]:
    """Every fault of the environments as a variant's bundles and the templates with these parameters make them."""
    faults = []
    meant = set[tuple[str, str]]().union(*(MEANT.get(choice, set()) for choice in parameters.items()))
    for file in sorted((ROOT / "deploy" / "cloudformation").glob("*.yaml")):
        for environment in read_template(file, parameters):
            settings = read_extensions(ROOT, environment.tier, variant)
            where = f"{environment.where}{f', {variant}' if variant else ''}"
            resources = read_resources(ROOT, environment.tier, variant)
            faults += [f"{where}: {sentence}" for sentence in group_faults(environment.tier, resources)]
            faults += [f"{where}: {sentence}" for sentence in check_environment(environment, settings, meant)]
    return faults


def check(tier: str, settings: list[Setting]) -> list[str]:
    """Every fault of one tier's settings, as sentences."""
    names = Counter(setting.name for setting in settings)
    return [
        *(sentence for setting in settings if (sentence := fault(setting))),
        *(f"{name}: is set {count} times." for name, count in names.items() if count > 1),
        *cross_faults(tier, {(s.namespace, s.option): s.value for s in settings}),
    ]


def check_environment(
    environment: Environment, extensions: list[Setting], meant: Collection[tuple[str, str]] = ()
) -> list[str]:
    """Every fault of a template's settings on top of the tier's .ebextensions, which it is `meant` to beat in some."""
    above = {(s.namespace, s.option): s.value for s in environment.settings}
    below = {(s.namespace, s.option): s.value for s in extensions}
    faults = [sentence for setting in environment.settings if (sentence := fault(setting))]
    for key in (above.keys() & below.keys()) - set(meant):
        if above[key] is not None and above[key] != below[key]:
            faults.append(f"{' '.join(key)}: {above[key]!r} here beats {below[key]!r} in .ebextensions.")
    for setting in overridden(extensions):
        if (setting.namespace, setting.option) not in above:
            faults.append(f"{setting.name}: must be set here too: below the API level it can be overridden.")
    return faults + cross_faults(environment.tier, below | above)


if __name__ == "__main__":
    sys.exit(main())

"""What would stop a deployment half-way, looked at before anything is touched: credentials, names, quotas."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from deploy.launch.account import Account
from deploy.launch.stage import Refused, Stage
from deploy.launch.template import Template

MACHINE_VCPUS = 2  # of each small instance that is deployed by default
MOST_MACHINES = 8  # MaxSize of both tiers in .ebextensions
# https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html
QUOTAS = {
    "vcpus": ("ec2", "L-1216C47A", "vCPUs of On-Demand Standard instances"),
    "networks": ("vpc", "L-F678F1CE", "networks (VPCs)"),
    "addresses": ("ec2", "L-0263D0A3", "Elastic IP addresses"),
}


@dataclass(frozen=True)
class Looked:
    """What there was to see. `faults` stop the deployment, `notes` do not."""

    account_id: str
    faults: list[str]
    notes: list[str]


def look(account: Account, stage: Stage, known: Mapping[str, str], *, first: bool) -> Looked:
    """Every fault at once. `known` are all parameters that are given; `first`: the stage has no environments yet.

    Raises Refused without credentials: nothing else can be asked then.
    """
    try:
        identity = account.client("sts").get_caller_identity()
    except (ClientError, BotoCoreError) as error:
        raise Refused(
            f"AWS does not know you: {error}\nLog in as for the AWS CLI (`aws configure`, `aws sso login`, or "
            f"AWS_PROFILE); `aws sts get-caller-identity` must answer."
        ) from error
    account_id = str(identity["Account"])
    faults: list[str] = []
    notes = [f"account {account_id} as {identity['Arn']}, region {account.region}"]
    checks: list[Callable[[], Iterator[str]]] = [
        lambda: _platform(account, known),
        lambda: _database(account, known),
        lambda: _certificate(account, known),
        lambda: _zone(account, known),
    ]
    if first:
        checks += [lambda: _name(account, stage, account_id), lambda: _quotas(account, stage, known)]
    for check in checks:
        try:
            faults += check()
        except (ClientError, BotoCoreError) as error:
            # One who may deploy need not have the right to look at everything; then the step itself will tell.
            notes.append(f"could not be looked at beforehand: {error}")
    return Looked(account_id, faults, notes)


def _default(part: str, name: str, known: Mapping[str, str]) -> str:
    return known.get(name) or str(Template(part).parameters[name]["Default"])


def _platform(account: Account, known: Mapping[str, str]) -> Iterator[str]:
    branch = f"Python {_default('environments', 'PythonVersion', known)} running on 64bit Amazon Linux 2023"
    found = account.client("elasticbeanstalk").list_platform_branches(
        Filters=[{"Attribute": "BranchName", "Operator": "=", "Values": [branch]}]
    )["PlatformBranchSummaryList"]
    if not found:
        yield f"Beanstalk has no platform branch {branch!r} in {account.region}."
    elif found[0].get("LifecycleState") == "Retired":
        yield f"Beanstalk has retired the platform branch {branch!r}: choose another PythonVersion."


def _database(account: Account, known: Mapping[str, str]) -> Iterator[str]:
    version, kind = (
        _default("data", name, known) for name in ("DatabaseEngineVersion", "DatabaseInstanceClass")
    )
    asked = {"Engine": "mysql", "EngineVersion": version, "DBInstanceClass": kind, "Vpc": True}
    if not account.client("rds").describe_orderable_db_instance_options(**asked)[
        "OrderableDBInstanceOptions"
    ]:
        yield (
            f"RDS offers no {kind} with MySQL {version} in {account.region}. Which versions there are:\n"
            f"    aws rds describe-db-engine-versions --engine mysql --query 'DBEngineVersions[].EngineVersion'"
        )


def _certificate(account: Account, known: Mapping[str, str]) -> Iterator[str]:
    if arn := known.get("CertificateArn"):
        found = account.client("acm").describe_certificate(CertificateArn=arn)["Certificate"]
        names = [found["DomainName"], *found.get("SubjectAlternativeNames", [])]
        host = known.get("HostName", "")
        if found["Status"] != "ISSUED":
            yield f"The certificate {arn} is {found['Status']}, not ISSUED."
        if not any(covers(name, host) for name in names):
            yield f"The certificate {arn} is for {', '.join(sorted(set(names)))}, not for {host}."


def covers(name: str, host: str) -> bool:
    """Whether a certificate's name, `*.` for one label included, is for the host."""
    return name == host or (name.startswith("*.") and host.partition(".")[2] == name[2:])


def _zone(account: Account, known: Mapping[str, str]) -> Iterator[str]:
    if zone := known.get("HostedZoneId"):
        name = account.client("route53").get_hosted_zone(Id=zone)["HostedZone"]["Name"].rstrip(".")
        if not known.get("HostName", "").endswith(f".{name}"):
            yield f"HostName {known.get('HostName')} is not below {name}, which is the zone {zone}."


def _name(account: Account, stage: Stage, account_id: str) -> Iterator[str]:
    prefix = f"{stage.portal}-{account_id}"
    if not account.client("elasticbeanstalk").check_dns_availability(CNAMEPrefix=prefix)["Available"]:
        yield f"{prefix}.{account.region}.elasticbeanstalk.com is taken, perhaps by an environment of an earlier stack."


def _quotas(account: Account, stage: Stage, known: Mapping[str, str]) -> Iterator[str]:
    ec2 = account.client("ec2")
    running = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
    pages = ec2.get_paginator("describe_instances").paginate(Filters=running)
    machines = [i for page in pages for r in page["Reservations"] for i in r["Instances"]]
    used: dict[str, int] = {"vcpus": sum(_vcpus(machine) for machine in machines)}
    needed = {"vcpus": MACHINE_VCPUS * MOST_MACHINES}
    if "network" in stage.tables:
        used["networks"], needed["networks"] = len(ec2.describe_vpcs()["Vpcs"]), 1
        used["addresses"] = len(ec2.describe_addresses()["Addresses"])
        needed["addresses"] = {"none": 0, "one": 1, "each": 2}[_default("network", "NatGateways", known)]
    for name, more in needed.items():
        service, code, what = QUOTAS[name]
        asked = {"ServiceCode": service, "QuotaCode": code}
        most = int(account.client("service-quotas").get_service_quota(**asked)["Quota"]["Value"])
        if used[name] + more > most:
            yield (
                f"Quota: {most} {what} in {account.region}, of which {used[name]} are in use; {more} more are needed. "
                f"Ask for more:\n    aws service-quotas request-service-quota-increase --service-code {service} "
                f"--quota-code {code} --desired-value {used[name] + more}"
            )


def _vcpus(machine: Mapping[str, Any]) -> int:
    options = machine.get("CpuOptions", {})
    return int(options.get("CoreCount", 1)) * int(options.get("ThreadsPerCore", 1))

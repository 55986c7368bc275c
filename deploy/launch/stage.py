"""A stage of the portal: its file in deploy/stages/, checked as a whole before anything is asked of AWS."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from deploy.bundle import VARIANTS
from deploy.launch.template import Template

STAGES = Path(__file__).resolve().parents[1] / "stages"
PARTS = ("network", "data", "environments")
TABLES = {*PARTS, "tags"}
# What the command itself gives the environments.
OF_THE_COMMAND = {"Stage", "BundleBucket", "WebVersion", "WorkerVersion"}
NAME = re.compile(r"[a-z][a-z0-9-]{0,19}")
REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")


class Refused(Exception):
    """It can't be done like this; the text says what to do, for people."""


@dataclass(frozen=True)
class Stage:
    """What the file says. `tables` are parameters by the part that they are for."""

    name: str
    region: str
    variant: str
    tables: dict[str, dict[str, str]]
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def portal(self) -> str:
        """Name of the Beanstalk application, and what everything is tagged with."""
        return f"image-portal-{self.name}"

    @property
    def parts(self) -> list[str]:
        """The stacks, in the order in which each needs those before it."""
        return [part for part in PARTS if part in self.tables]

    def stack(self, part: str) -> str:
        """Name of the stack."""
        return f"{self.portal}-{part}"

    def parameters(self, part: str, known: dict[str, str]) -> dict[str, str]:
        """What a part's template is given: of `known` what it has a parameter for, then what its own table says."""
        wanted = Template(part).parameters
        base = {"Stage": self.name, "CostTag": f"portal${self.portal}"} | known
        if host := (known | self.tables[part]).get("HostName"):
            base = {"PublicUrl": f"https://{host}"} | base
        return {name: value for name, value in base.items() if name in wanted} | self.tables[part]


def read_stage(name: str, folder: Path = STAGES) -> Stage:
    """The stage of that name. Raises Refused with every fault of its file."""
    file = folder / f"{name}.toml"
    there = ", ".join(sorted(other.stem for other in folder.glob("*.toml")))
    if not NAME.fullmatch(name):
        raise Refused(f"STAGE must be a short name of small letters, as one of these: {there}.")
    try:
        said = tomllib.loads(file.read_text())
    except FileNotFoundError:
        raise Refused(f"There is no {file}. Copy one of these: {there}.") from None
    except tomllib.TOMLDecodeError as error:
        raise Refused(f"{file}: {error}") from None
    tables = {key: value for key, value in said.items() if isinstance(value, dict)}
    stage = Stage(
        name,
        str(said.get("region", "")),
        str(said.get("variant", "")),
        {part: {k: _text(v) for k, v in tables[part].items()} for part in PARTS if part in tables},
        {k: _text(v) for k, v in tables.get("tags", {}).items()},
    )
    unknown = [f"{key} is not known here." for key in said if key not in TABLES | {"region", "variant"}]
    if faults := [*unknown, *_faults(stage)]:
        raise Refused("\n".join([f"{file}:", *(f"  - {sentence}" for sentence in faults)]))
    return stage


def _faults(stage: Stage) -> Iterator[str]:
    if not REGION.fullmatch(stage.region):
        yield f"region is {stage.region!r}: must be one of AWS's, as eu-west-1."
    if stage.variant not in VARIANTS:
        yield f"variant is {stage.variant!r}: must be one of {', '.join(map(repr, VARIANTS))}."
    for part in ("data", "environments"):
        if part not in stage.tables:
            yield f"[{part}] is missing."
            return
    known: dict[str, str] = {}
    to_come = set(OF_THE_COMMAND)
    for part in stage.parts:
        given = stage.parameters(part, known)
        yield from Template(part).faults(given, to_come)
        known |= given
        to_come |= Template(part).outputs
    yield from _contradictions(stage, known)


def _contradictions(stage: Stage, known: dict[str, str]) -> Iterator[str]:
    """What each template would take and the stage can't be."""
    host, given = known.get("HostName", ""), known.get("CertificateArn", "")
    tls = bool(given or ("network" in stage.tables and host))
    if stage.variant == "trial" and tls:
        yield "variant 'trial' is for a portal without a certificate: it would not send plain HTTP on to HTTPS."
    if stage.variant == "" and not tls:
        yield "HostName (or CertificateArn) is missing: without a certificate, variant must be 'trial'."
    if given and not host:
        yield "HostName is missing: the name that CertificateArn is for."
    classic = known.get("LoadBalancerType", "application") == "classic"
    if classic != (stage.variant == "classic"):
        yield "variant 'classic' and LoadBalancerType = \"classic\" go together."
    if known.get("WebDeployment") == "canary" and classic:
        yield "WebDeployment: a classic balancer can't split requests for a canary."
    public = known.get("InstancesInPublicSubnets") == "true"
    if known.get("NatGateways") == "none" and not public:
        yield 'NatGateways = "none" leaves instances without a way out: InstancesInPublicSubnets = "true" is needed.'
    if bool(known.get("BackupRegion")) != bool(known.get("BackupKeyArn")):
        yield "BackupRegion and BackupKeyArn go together."
    if known.get("BackupRegion") == stage.region:
        yield "BackupRegion must be another region than the stage's own."


def _text(value: object) -> str:
    """As CloudFormation gets it."""
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)

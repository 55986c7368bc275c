"""What a month costs at a number of images a second: `python -m deploy.cost`, with --write-docs into docs/deploy.md.

Prices are list prices of us-east-1 in 2026, in USD, rounded, as others print them: check those of your region. What an
upload takes was measured (bench/upload_costs.py). The largest parts of a busy portal, storage and traffic, follow from
bytes alone.
"""

import argparse
import json
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MEASURED = ROOT / "bench" / "results" / "upload_costs.json"
PAGE = ROOT / "docs" / "deploy.md"
BEGIN, END = "<!-- costs: begin -->", "<!-- costs: end -->"
RATES = (1, 10, 100)

HOURS = 730.5
SECONDS = HOURS * 3600
UTILISED = 0.6  # of the CPU that machines can give for good
MOST_MACHINES = 4  # MaxSize of either tier in .ebextensions
RENDITIONS_MB = 0.5  # thumbnail, tile and preview together
VIEWS, PREVIEW_KB = 10, 300  # each image is looked at so often, as a preview
ROW_KB = 3  # record, terms and timeline in the database
OTHER_KB = 20  # through the NAT gateway: SQS, Cognito, CloudWatch
PUTS, GETS = (
    6,
    4,
)  # S3: file and manifest, then original and three renditions; the worker reads two, pages the others
SQS_CALLS = 3


@dataclass(frozen=True)
class Machine:
    """vCPUs that it gives for good (bursting ones: their baseline), USD a month."""

    name: str
    vcpus: float
    usd: float


MACHINES = (
    Machine("t4g.small", 0.4, 12.3),
    Machine("c7g.large", 2, 53),
    Machine("c7g.xlarge", 4, 106),
    Machine("c7g.2xlarge", 8, 212),
    Machine("c7g.4xlarge", 16, 424),
)
# Multi-AZ, by the publishes a second that each is for: a publish is one transaction (docs/deploy.md, How far it goes).
DATABASES = ((10, "db.t4g.small", 47.0), (50, "db.t4g.large", 188.0), (200, "db.m7g.large", 245.0))
DISK_GB, DATABASE_GB, STORED_GB = 0.08, 0.23, 0.023
PUT, GET, SQS = 5e-6, 0.4e-6, 0.4e-6
NAT, NAT_GB, ADDRESS = 33.0, 0.045, 3.65
BALANCER, BALANCER_GB_HOUR = 16.4, 5.84
WATCHING = 12.0  # alarms, dashboard, logs, secrets, 1-minute monitoring
# Traffic to the internet: GB of a month at each price.
TRAFFIC = ((10_000, 0.09), (40_000, 0.085), (100_000, 0.07), (math.inf, 0.05))


def machines(vcpus: float, least: int) -> tuple[int, Machine]:
    """The fewest dollars that give so many vCPUs with room to spare, within MaxSize. Raises ValueError beyond."""
    fitting = [(max(least, math.ceil(vcpus / UTILISED / m.vcpus)), m) for m in MACHINES]
    fitting = [(count, m) for count, m in fitting if count <= MOST_MACHINES]
    if not fitting:
        raise ValueError(f"{vcpus:.0f} vCPUs are more than {MOST_MACHINES} machines of any kind here")
    return min(fitting, key=lambda pair: pair[0] * pair[1].usd)


def traffic(gigabytes: float) -> float:
    """USD for so much to the internet in a month."""
    usd, left = 0.0, gigabytes
    for most, price in TRAFFIC:
        usd += min(left, most) * price
        left = max(0.0, left - most)
    return usd


def month(rate: float, measured: Mapping[str, float]) -> dict[str, float]:
    """USD by item, of a month in which `rate` images a second are uploaded; storage is that month's own alone."""
    images = rate * SECONDS
    web, web_kind = machines(rate * measured["web_cpu_ms"] / 1000, 2)
    workers, worker_kind = machines(rate * measured["worker_cpu_ms"] / 1000, 1)
    try:
        _, database, usd = next(entry for entry in DATABASES if rate <= entry[0])
    except StopIteration:
        raise ValueError(f"{rate} images a second are more than one database here takes") from None
    uploaded_gb = images * measured["megabytes"] / 1000
    return {
        f"web: {web} × {web_kind.name}": web * (web_kind.usd + 16 * DISK_GB),
        f"workers: {workers} × {worker_kind.name}": workers * (worker_kind.usd + 16 * DISK_GB),
        f"database: {database}, Multi-AZ": usd + max(20, images * ROW_KB / 1e6) * DATABASE_GB,
        "balancer": BALANCER + BALANCER_GB_HOUR * uploaded_gb / HOURS,
        "NAT gateway, public addresses": NAT + 3 * ADDRESS + images * OTHER_KB / 1e6 * NAT_GB,
        "alarms, logs, secrets": WATCHING,
        "S3 and SQS, requests": images * (PUTS * PUT + GETS * GET + SQS_CALLS * SQS),
        "S3, what the month added": images * (measured["megabytes"] + RENDITIONS_MB) / 1000 * STORED_GB,
        f"traffic out, {VIEWS} previews of {PREVIEW_KB} kB each": traffic(images * VIEWS * PREVIEW_KB / 1e6),
    }


def table(measured: Mapping[str, float]) -> str:
    """The months of RATES beside each other, as Markdown."""
    months = [month(rate, measured) for rate in RATES]
    lines = [
        f"| a month at | {' | '.join(f'{rate} images/s' for rate in RATES)} |",
        "|---|" + "--:|" * len(RATES),
    ]
    for items in zip(*(m.items() for m in months), strict=True):
        # What is chosen by load (machines, database) has another name in each column.
        names = [name for name, _ in items]
        common = names[0] if len(set(names)) == 1 else names[0].partition(":")[0]
        cells = [
            f"{usd:,.0f}" + (f" ({name.partition(': ')[2]})" if ":" in name else "") for name, usd in items
        ]
        lines.append(f"| {common.partition(':')[0]} | {' | '.join(cells)} |")
    lines.append(f"| **USD** | {' | '.join(f'**{sum(m.values()):,.0f}**' for m in months)} |")
    lines.append(f"| images | {' | '.join(f'{rate * SECONDS / 1e6:,.1f} million' for rate in RATES)} |")
    return "\n".join(lines)


def measured() -> dict[str, float]:
    """What bench/upload_costs.py found."""
    found: dict[str, float] = json.loads(MEASURED.read_text())
    return found


def main(arguments: list[str]) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--write-docs", action="store_true", help="put the table into docs/deploy.md")
    made = table(measured())
    sys.stdout.write(made + "\n")
    if parser.parse_args(arguments).write_docs:
        before, _, rest = PAGE.read_text().partition(BEGIN)
        after = rest.partition(END)[2]
        PAGE.write_text(f"{before}{BEGIN}\n{made}\n{END}{after}")


if __name__ == "__main__":
    main(sys.argv[1:])

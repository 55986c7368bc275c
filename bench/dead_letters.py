"""What the operators' pages cost with 10,000 failed uploads and as many dead letters: CPU of the web tier, and memory.

Run from the repository root: `python -m bench.dead_letters`. It starts a portal of its own; with `--url` and
`--local-dir` it measures a running one, and leaves them there. Each page is asked for 20 times, by turns with an empty
queue before and a full one after. Prints a table and writes bench/results/dead_letters.json.
"""

import json
import os
import time
import uuid
from pathlib import Path
from statistics import median
from typing import Any

import boto3
import requests
from sqlalchemy import create_engine, text

from bench.portal import measured_portal
from local.drive.people import operator
from local.drive.portal import Portal
from local.drive.processes import cpu_seconds, descendants, memory_mb

MANY, TIMES = 10_000, 20
REASON = "StoreUnavailable@get"
PAGES = (
    "/ops",
    "/ops/failed",
    f"/ops/failed?reason={REASON}",
    f"/ops/failed/confirm?verb=redrive&reason={REASON}",
    "/ops/dead-letters",
    "/api/v1/dead-letters",
)
RESULTS = Path(__file__).parent / "results" / "dead_letters.json"
INSERT = text(
    """INSERT INTO uploads (id, owner, username, filename, size_bytes, sha256, accepted_at, state, attempts, worker,
                            changed_at, reason_code, reason_message)
       VALUES (:id, :owner, 'somebody', :name, 1000, :sha256, UTC_TIMESTAMP(6), 'failed', 5, 'w', UTC_TIMESTAMP(6),
               'failed', :message)"""
)


def fill(portal: Portal) -> None:
    """Ten thousand failed uploads of three reasons, each with its message among the dead letters."""
    env = portal.env()
    engine = create_engine(env["DATABASE_URL"])
    sqs: Any = boto3.client(
        "sqs",
        region_name=env["AWS_REGION"],
        endpoint_url=env["AWS_ENDPOINT_URL"],
        aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
    )
    reasons = (
        f"{REASON}: time-out {{}}",
        "OperationalError@publish: lost {}",
        "ZeroDivisionError@render: {}",
    )
    for first in range(0, MANY, 1000):
        rows: list[dict[str, Any]] = [
            {
                "id": uuid.uuid4().bytes,
                "owner": uuid.UUID(int=number % 50).bytes,
                "name": f"photo {number}.jpg",
                "sha256": bytes(32),
                "message": reasons[number % 3].format(number),
            }
            for number in range(first, first + 1000)
        ]
        with engine.begin() as c:
            c.execute(INSERT, rows)
        for at in range(0, len(rows), 10):
            entries = [
                {"Id": str(i), "MessageBody": json.dumps({"upload": uuid.UUID(bytes=row["id"]).hex})}
                for i, row in enumerate(rows[at : at + 10])
            ]
            sqs.send_message_batch(QueueUrl=env["SQS_DLQ_URL"], Entries=entries)
    engine.dispose()


def measure(portal: Portal, headers: dict[str, str]) -> tuple[dict[str, dict[str, float]], float]:
    """CPU of the web processes and time to answer of each page, in ms (medians), and those processes' memory in MB."""
    web = descendants(portal.pid_of("web"))
    found = {}
    for path in PAGES:
        spent, took = [], []
        for turn in range(TIMES + 2):
            cpu, begun = cpu_seconds(web), time.perf_counter()
            answer = requests.get(portal.url + path, headers=headers, timeout=60)
            assert answer.status_code == 200, (path, answer.status_code)
            if turn >= 2:
                took.append(1000 * (time.perf_counter() - begun))
                spent.append(1000 * (cpu_seconds(web) - cpu))
        found[path] = {"cpu_ms": round(sum(spent) / len(spent), 1), "ms": round(median(took), 1)}
    return found, memory_mb(web)


def main() -> None:
    """Measure, print, write."""
    with measured_portal(f"The operators' pages with {MANY:,} failed uploads and dead letters.") as portal:
        headers = operator(portal).headers
        before, small = measure(portal, headers)
        fill(portal)
        after, large = measure(portal, headers)
    print(f"{'page':<60} {'CPU ms':>8} {'with many':>10} {'ms':>8} {'with many':>10}")
    for path in PAGES:
        empty, full = before[path], after[path]
        print(f"{path:<60} {empty['cpu_ms']:>8} {full['cpu_ms']:>10} {empty['ms']:>8} {full['ms']:>10}")
    print(f"memory of the web processes: {small:.0f} MB, then {large:.0f} MB")
    RESULTS.parent.mkdir(exist_ok=True)
    result = {"many": MANY, "cores": os.cpu_count(), "memory_mb": [round(small), round(large)]}
    RESULTS.write_text(json.dumps(result | {"empty": before, "full": after}, indent=1) + "\n")


if __name__ == "__main__":
    main()

"""What one upload costs: CPU of either tier, bytes, and the web tier's calls, for the table in docs/deploy.md.

Run from the repository root: `python -m bench.upload_costs`. It starts a portal that is idle and new, and counts what
its web and worker processes have worked while photographs were uploaded and published.
Writes bench/results/upload_costs.json.
"""

import json
import re
from collections import Counter
from pathlib import Path

import requests

from bench.portal import measured_portal
from local.drive.people import new_person
from local.drive.photos import photo
from local.drive.portal import Portal
from local.drive.processes import cpu_seconds, descendants

UPLOADS = 60
RESULTS = Path(__file__).parent / "results" / "upload_costs.json"
CALLS = re.compile(r'portal_call_seconds_count\{operation="(\w+)",service="(s3|sqs)"\} ([\d.]+)')


def worked(portal: Portal, name: str) -> float:
    """CPU seconds of a process and of those below it."""
    pid = portal.pid_of(name)
    return cpu_seconds([pid, *descendants(pid)])


def calls(portal: Portal) -> Counter[str]:
    """The web tier's calls so far, by service and operation."""
    text = requests.get(f"{portal.url}/metrics", timeout=30).text
    return Counter(
        {f"{service} {operation}": int(float(count)) for operation, service, count in CALLS.findall(text)}
    )


def main() -> None:
    """Measure and write."""
    with measured_portal(__doc__ or "") as portal:
        person = new_person(portal)
        for number in range(5):  # connections, imports, forked children
            person.publish(photo(number))
        photos = [photo(number) for number in range(5, 5 + UPLOADS)]
        before = {name: worked(portal, name) for name in ("web", "worker")}
        known = calls(portal)
        # Of the portal's answers while it is waited for, few are asked for: one at the end of each.
        ids = [person.upload(data) for data in photos]
        for upload in ids:
            assert person.finished(upload, 120)["status"] == "published"
        spent = {name: worked(portal, name) - before[name] for name in before}
        found = {
            "uploads": UPLOADS,
            "megabytes": round(sum(map(len, photos)) / UPLOADS / 1e6, 2),
            "web_cpu_ms": round(1000 * spent["web"] / UPLOADS, 1),
            "worker_cpu_ms": round(1000 * spent["worker"] / UPLOADS, 1),
            "web_calls": {name: round(n / UPLOADS, 2) for name, n in sorted((calls(portal) - known).items())},
        }
    print(json.dumps(found, indent=1))
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()

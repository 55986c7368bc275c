"""From «accepted» to «published»: milliseconds for single photos on an idle portal.

Run from the repository root: `python -m bench.latency`. It starts a portal of its own; with `--url` and `--local-dir`
it measures a running one. Prints a table and writes bench/results/latency.json.
"""

import json
import os
import statistics
import time
from pathlib import Path

from bench.portal import measured_portal
from local.drive.people import Person, new_person
from local.drive.photos import SIZES, photo

ROUNDS, WARM_UP = 60, 6
POLL_SECONDS = 0.01
GIVE_UP_SECONDS = 30
RESULTS = Path(__file__).parent / "results" / "latency.json"


def published_ms(person: Person, data: bytes) -> float:
    """Send one photo; milliseconds from its 202 until the API says that it is published."""
    upload_id = person.upload(data)
    accepted = time.perf_counter()
    while (status := person.get(f"/uploads/{upload_id}")["status"]) != "published":
        if status in ("rejected", "failed") or time.perf_counter() - accepted > GIVE_UP_SECONDS:
            raise SystemExit(f"the upload is {status}")
        time.sleep(POLL_SECONDS)
    return (time.perf_counter() - accepted) * 1000


def main() -> None:
    """Measure, print, write."""
    with measured_portal("Milliseconds from accepted to published, one photo at a time.") as portal:
        person = new_person(portal)
        for number in range(WARM_UP):
            published_ms(person, photo(number))
        shots = [(n % len(SIZES), photo(n)) for n in range(WARM_UP, WARM_UP + ROUNDS)]
        measured = [(size, len(data), published_ms(person, data)) for size, data in shots]

    print(f"{'pixels':>14} {'MB':>5} {'p50 ms':>8} {'p95 ms':>8}")
    rows = []
    for size, (width, height) in enumerate(SIZES):
        times = [ms for shot, _, ms in measured if shot == size]
        megabytes = next(length for shot, length, _ in measured if shot == size) / 1e6
        rows.append({"width": width, "height": height, "megabytes": round(megabytes, 2), **_figures(times)})
        print(f"{width:>7}x{height:<6} {megabytes:5.2f} {rows[-1]['p50_ms']:8.0f} {rows[-1]['p95_ms']:8.0f}")
    total = _figures([ms for _, _, ms in measured])
    print(f"{'all':>14} {'':>5} {total['p50_ms']:8.0f} {total['p95_ms']:8.0f}   n={ROUNDS}")
    result = {"n": ROUNDS, "cores": os.cpu_count(), "poll_ms": POLL_SECONDS * 1000, **total, "by_size": rows}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1) + "\n")


def _figures(times_ms: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(times_ms, n=20, method="inclusive")
    return {"p50_ms": round(statistics.median(times_ms), 1), "p95_ms": round(cuts[18], 1)}


if __name__ == "__main__":
    main()

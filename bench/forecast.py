"""Forecasts of a drained backlog of 1,000 against what happened: real SQS messages, MySQL and workers.

Run from the repository root: `python -m bench.forecast`. It starts a portal of its own; with `--url` and `--local-dir`
it measures a running one. Workers rest until 1,000 photographs wait; then they go on, and every 10 seconds the API is
asked for its forecast. Prints each forecast beside what it should have been, and writes bench/results/forecast.json.
"""

import json
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.portal import measured_portal
from local.drive.people import Person, new_person, operator
from local.drive.photos import small_photo, variant
from local.drive.portal import Portal
from local.drive.processes import descendants

UPLOADS, SENDERS, ASK_SECONDS, GIVE_UP_SECONDS = 1000, 4, 10, 1800
LEAST_JUDGED_SECONDS = 60
RESULTS = Path(__file__).parent / "results" / "forecast.json"


@contextmanager
def resting(portal: Portal) -> Iterator[None]:
    """No worker takes anything within."""
    main = portal.pid_of("worker")
    pids = [main, *descendants(main)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def drained(person: Person) -> list[dict[str, Any]]:
    """What was forecast while the backlog drained, each with the time at which it was."""
    told: list[dict[str, Any]] = []
    end = time.time() + GIVE_UP_SECONDS
    while time.time() < end:
        queue = person.get("/queue")
        told.append({"at": time.time(), **queue["forecast"]})
        if queue["visible"] == 0:
            return told
        time.sleep(ASK_SECONDS)
    raise SystemExit(f"it has not drained in {GIVE_UP_SECONDS} s")


def main() -> None:
    """Measure, print, write."""
    with measured_portal("Forecasts of a drained backlog of 1,000 against what happened.") as portal:
        sender, watcher = new_person(portal), operator(portal)
        with resting(portal), ThreadPoolExecutor(SENDERS) as pool:
            scenes = [small_photo(number, 3600, 2700) for number in range(10)]
            list(pool.map(lambda n: sender.upload(variant(scenes[n % 10], n // 10)), range(UPLOADS)))
        told = drained(watcher)
    cleared, first = told[-1]["at"], told[0]["at"]
    print(f"{UPLOADS} drained in {cleared - first:.0f} s")
    print(f"{'after s':>8} {'waiting':>8} {'forecast s':>11} {'took s':>8} {'error':>7}")
    rows = []
    for entry in told:
        took, said = cleared - entry["at"], entry["seconds"]
        judged = said is not None and took >= LEAST_JUDGED_SECONDS
        error = round(said / took - 1, 3) if judged else None
        rows.append(
            {"after_seconds": round(entry["at"] - first), "took_seconds": round(took), "error": error}
        )
        rows[-1] |= {"waiting": entry["waiting"], "forecast_seconds": said, "state": entry["state"]}
        shown = f"{said:.0f}" if said is not None else entry["state"]
        percent = "" if error is None else f"{error:+.0%}"
        print(f"{rows[-1]['after_seconds']:>8} {entry['waiting']:>8} {shown:>11} {took:>8.0f} {percent:>7}")
    errors = [abs(row["error"]) for row in rows if row["error"] is not None]
    good = sum(error <= 0.3 for error in errors)
    print(f"{good} of {len(errors)} forecasts were within 30 %")
    RESULTS.parent.mkdir(exist_ok=True)
    result = {"uploads": UPLOADS, "cores": os.cpu_count(), "within_30_percent": good, "judged": len(errors)}
    RESULTS.write_text(json.dumps(result | {"forecasts": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()

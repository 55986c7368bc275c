"""How long a check takes, and how much memory: `python -m bench.consistency [IMAGES]`.

The portal is made up as it is asked for (bench/many.py), so that what is measured is the comparison itself: S3 and
MySQL add their answers' time, four listings of a thousand keys and two pages of five hundred records for each thousand
images, and as many listings of versions.
"""

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any, cast

from bench.many import ManyObjects, ManyRecords
from shared.adapters.memory.checks import MemoryChecks
from shared.adapters.memory.database import MemoryDatabase
from shared.adapters.memory.findings import MemoryFindings
from shared.adapters.memory.receiving import MemoryReceiving
from shared.adapters.memory.work_queue import MemoryWorkQueue
from shared.domain.consistency import Check, FindingState
from shared.operating.consistency import check_a_while
from shared.operating.parts import CheckingParts

RESULTS = Path(__file__).parent / "results" / "consistency.json"
MISSING = 50_000  # one image in so many has lost its preview


class MadeUp:
    """The parts of a check over a portal of so many images."""

    def __init__(self, images: int, missing: int = MISSING) -> None:
        database = MemoryDatabase()
        records = ManyRecords(images)
        self.store, self.queue = ManyObjects(images, missing), MemoryWorkQueue()
        self.inventory = self.uploads = records
        self.receiving = MemoryReceiving(database)
        self.checks, self.findings = MemoryChecks(database), MemoryFindings(database)

    def check(self, seconds: float) -> tuple[Check, int]:
        """A whole check, so many seconds at a time: as it ended, and in how many turns."""
        parts = cast("CheckingParts", self)
        self.checks.start(None, full_hash=False)
        turns = 0
        while True:
            turns += 1
            check = check_a_while(parts, seconds=seconds)
            if check is not None and check.ended_at:
                return check, turns


def main(arguments: list[str]) -> None:
    """Print the figures and write them down."""
    images = int(arguments[0]) if arguments else 1_000_000
    portal: Any = MadeUp(images)
    before = _megabytes()
    begun = time.monotonic()
    check, turns = portal.check(20)
    seconds = time.monotonic() - begun
    found = portal.findings.of(check.id, None, [FindingState.OPEN], None, 10_000)
    figures = {
        "images": images,
        "objects": check.looked["objects"],
        "versions": check.looked["versions"],
        "hashed": check.looked["hashed"],
        "findings": len(found),
        "seconds": round(seconds),
        "turns": turns,
        "memory_mb_before": round(before),
        "memory_mb_at_most": round(_megabytes()),
    }
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n")
    for name, figure in figures.items():
        print(f"{name:20} {figure:>12,}")


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(sys.argv[1:])

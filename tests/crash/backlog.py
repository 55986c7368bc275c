"""`make backlog`: many uploads wait for an hour without workers, and are published once each when there are some.

The hour passes by the clocks of SQS, of the records, and of what the sweep sees in S3, a minute at a time with a sweep
each; people's sending and the workers' draining take the time that they take.
"""

import os
import signal
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.crash.rest import Rest
from tests.crash.stage import WORKERS, Stage
from tests.crash.truth import Truth
from tests.crash.verbs import Actors

SENDERS = 8
MINUTES = 60
DRAIN_SECONDS = 7200.0


def main() -> int:
    """Exit code 0 when each was published once."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    count = int(os.environ.get("N") or 5000)
    with tempfile.TemporaryDirectory(prefix="portal-backlog-") as folder, Stage(Path(folder)) as stage:
        truth = Truth(stage)
        actors = Actors(stage, truth)
        for role in WORKERS:
            stage.tiers[role].kill()
        began = time.monotonic()
        promises = [actors.promise() for _ in range(count)]
        with ThreadPoolExecutor(SENDERS) as pool:
            accepted = sum(pool.map(lambda p: actors.post(p[1], p[0]), enumerate(promises)))
        print(
            f"{accepted} of {count} accepted without workers in {time.monotonic() - began:.0f} s", flush=True
        )
        again, longest = 0, 0.0
        for _ in range(MINUTES):
            stage.let_pass(60)
            began = time.monotonic()
            again += stage.sweep().get("requeued", 0)
            longest = max(longest, time.monotonic() - began)
        waiting = stage.depth()[0]
        print(
            f"an hour and {MINUTES} sweeps later: {again} sent again, {waiting} messages for {count} uploads"
        )
        print(f"the longest sweep took {longest:.1f} s", flush=True)
        began = time.monotonic()
        stage.whole(0, both=True)
        stage.quiet(DRAIN_SECONDS)
        seconds = time.monotonic() - began
        print(f"drained in {seconds:.0f} s, {count / seconds:.1f} a second", flush=True)
        Rest(stage, truth).come_all()
        verdict = truth.of_all(promises)
    print(verdict)
    told = f"{len(verdict.lost)} lost, {len(verdict.doubled)} doubled, {len(verdict.orphans)} orphans"
    print(f"{count} uploads, {told}")
    return 0 if verdict and accepted == count else 1


if __name__ == "__main__":
    sys.exit(main())

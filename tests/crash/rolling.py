"""`make rolling`: workers are stopped and started one after the other, as systemd does it, while people upload.

Each stop is a SIGTERM to all of a worker's processes. Told is how long messages waited for the fetch that begins their
attempt, beside a time without restarts, and how many receives were spent.
"""

import os
import signal
import sys
import tempfile
import threading
import time
from itertools import count
from pathlib import Path
from statistics import quantiles

from local.drive.waiting import wait_until
from tests.crash.rest import Rest
from tests.crash.stage import WORKERS, Stage
from tests.crash.truth import Promise, Truth, Verdict
from tests.crash.verbs import Actors

SECONDS = 60.0
"""Of each of the two times, at least."""
PAUSE_SECONDS = 0.5
"""Between two uploads: two workers are far from busy with them, so that what waits, waits for a restart."""
RESTARTS = 6
STOP_SECONDS = 60.0
PROMISED_SECONDS = 5.0


class Sender:
    """Somebody who uploads one file after the other until it is enough."""

    def __init__(self, actors: Actors) -> None:
        self._actors = actors
        self._over = threading.Event()
        self.promises: list[Promise] = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> list[Promise]:
        """What was accepted."""
        self._over.set()
        self._thread.join()
        return [promise for promise in self.promises if promise.ids]

    def _run(self) -> None:
        for number in count():
            if self._over.wait(PAUSE_SECONDS):
                return
            self.promises.append(self._actors.promise())
            self._actors.post(self.promises[-1], number)


def main() -> int:
    """Exit code 0 when nothing is lost or doubled; how long anything waited is told."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with tempfile.TemporaryDirectory(prefix="portal-rolling-") as folder, Stage(Path(folder)) as stage:
        truth = Truth(stage)
        actors, verdict = Actors(stage, truth), Verdict()
        for what, restarts in (("without a restart", 0), (f"with {RESTARTS} restarts", RESTARTS)):
            sender, began = Sender(actors), time.monotonic()
            for number in range(restarts):
                _restart(stage, WORKERS[number % len(WORKERS)])
            time.sleep(max(0.0, SECONDS - (time.monotonic() - began)))
            promises = sender.stop()
            stage.quiet(60)
            _tell(what, truth, promises)
            verdict += Rest(stage, truth).come(promises)
    print("Nothing is lost, doubled or left." if verdict else str(verdict))
    return 0 if verdict else 1


def _restart(stage: Stage, role: str) -> None:
    tier = stage.tiers[role]
    os.killpg(tier.pid, signal.SIGTERM)
    wait_until(lambda: tier.ended, STOP_SECONDS, f"{role} has stopped")
    tier.start()
    tier.ready()


def _tell(what: str, truth: Truth, promises: list[Promise]) -> None:
    rows = truth.rows("""
        SELECT filename, attempts, TIMESTAMPDIFF(MICROSECOND, accepted_at, MIN(at)) / 1e6 AS waited
        FROM uploads JOIN events ON upload_id = uploads.id AND step = 'fetch' GROUP BY uploads.id""")
    names = {f"{promise.word}.jpg" for promise in promises}
    mine = [row for row in rows if row["filename"] in names]
    waited = sorted(float(row["waited"]) for row in mine)
    again = sum(row["attempts"] > 1 for row in mine)
    middle, late = quantiles(waited, n=100)[49], quantiles(waited, n=100)[98]
    print(
        f"{what}: {len(mine)} uploads waited {middle:.2f} s in the middle, {late:.2f} s at 99 %, {waited[-1]:.2f} s at"
        f" most; {again} needed a second receive",
        flush=True,
    )
    if waited[-1] > PROMISED_SECONDS:
        print(f"    more than {PROMISED_SECONDS:.0f} s")


if __name__ == "__main__":
    sys.exit(main())

"""Plays it. N: how many uploads."""

import os
import signal
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from local.process.program import ROOT
from tests.crash.rest import Rest
from tests.crash.soak.demon import Demon, Watch
from tests.crash.soak.people import Client, History
from tests.crash.soak.rounds import Round, Rounds
from tests.crash.stage import Stage
from tests.crash.truth import Promise, Truth, Verdict
from tests.crash.verbs import Actors

CLIENTS = 20
ROUNDS, HISTORY = ROOT / "build" / "soak-rounds.jsonl", ROOT / "build" / "soak-history.jsonl"


def main() -> int:
    """Exit code 0 when nothing is lost, doubled or an orphan, and memory is flat. A round that is not is the last."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    rounds = Rounds(ROUNDS, int(os.environ.get("N") or 2000))
    if rounds.played:
        print(f"goes on after {rounds.total().uploads} uploads, which are in {ROUNDS.relative_to(ROOT)}")
    for number, count in rounds.left():
        played, verdict = _play(number, count)
        rounds.add(played)
        print(f"round {number + 1}: {played}", flush=True)
        for kind in ("lost", "doubled", "orphans"):
            for what in getattr(verdict, kind):
                print(f"{kind}: {what}")
        if not played.good:
            break
    total = rounds.total()
    for what, times in sorted(total.acts.items()):
        print(f"{what:<28}{times:>7}")
    first, last = total.megabytes
    print(f"memory of all tiers: {first:.0f} MB at first, {last:.0f} MB at last, × {total.growth:.2f}")
    print(f"{total.seconds:.0f} s; every act of the last round is in {HISTORY.relative_to(ROOT)}")
    print(f"{total.uploads} uploads, {total.lost} lost, {total.doubled} doubled, {total.orphans} orphans")
    return 0 if total.good else 1


def _play(number: int, count: int) -> tuple[Round, Verdict]:
    """One round, in a world that nobody has seen; the same number has the same chances."""
    history, began = History(HISTORY), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="portal-soak-") as folder, Stage(Path(folder)) as stage:
        truth = Truth(stage)
        actors = Actors(stage, truth)
        clients = [Client(actors, history, number * CLIENTS + n) for n in range(CLIENTS)]
        demon, watch = Demon(stage, history, number), Watch(stage)
        with ThreadPoolExecutor(CLIENTS + 1) as pool:
            watching = pool.submit(watch.run)
            shares = [count // CLIENTS + (n < count % CLIENTS) for n in range(CLIENTS)]
            working = [pool.submit(client.upload, n) for client, n in zip(clients, shares, strict=True)]
            try:
                demon.run(lambda: all(work.done() for work in working))
            finally:
                watch.over.set()
            for work in (*working, watching):
                work.result()
        promises = [promise for client in clients for promise in client.promises]
        stage.whole(0, both=True)
        verdict = _at_rest(stage, actors, truth, promises)
    played = Round(
        uploads=len(promises),
        seconds=round(time.monotonic() - began, 1),
        acts=dict(history.counts),
        megabytes=watch.thirds(),
        lost=len(verdict.lost),
        doubled=len(verdict.doubled),
        orphans=len(verdict.orphans),
    )
    return played, verdict


def _at_rest(stage: Stage, actors: Actors, truth: Truth, promises: list[Promise]) -> Verdict:
    """Let all come to rest, what has failed sent again by an operator, and judge it."""
    rest = Rest(stage, truth)
    rest.come_all()
    failed = truth.rows("SELECT id FROM uploads WHERE state = 'failed'")
    if failed:
        print(f"{len(failed)} have failed, each with a reason, and are sent again by an operator")
        actors.log_in_again()
        assert actors.redrive(0, {"all": True})
        rest.come_all()
    return truth.of_all(promises)


if __name__ == "__main__":
    sys.exit(main())

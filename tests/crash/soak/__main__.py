"""Plays it. N: how many uploads."""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from local.process.program import ROOT
from tests.crash.rest import Rest
from tests.crash.soak.demon import Demon, Watch
from tests.crash.soak.people import Client, History
from tests.crash.soak.rounds import Round, Rounds, Unplayed
from tests.crash.stage import Stage
from tests.crash.truth import Promise, Truth, Verdict
from tests.crash.verbs import Actors

CLIENTS, SIDE_BY_SIDE = 20, 2
BUILD = ROOT / "build"


def main(arguments: list[str]) -> int:
    """Exit code 0 when nothing is lost, doubled or an orphan, and memory is flat; after a round that is not so none
    begins."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    parser = argparse.ArgumentParser(
        prog="make soak", description="Random faults under load. N=…: how many uploads."
    )
    parser.add_argument(
        "--round", nargs=2, type=int, metavar=("NUMBER", "UPLOADS"), help="one alone, told as JSON"
    )
    if one := parser.parse_args(arguments).round:
        played, wrong = _play(*one)
        print(json.dumps({"played": asdict(played), "wrong": wrong}))
        return 0
    uploads = int(os.environ.get("N") or 2000)
    rounds = Rounds(BUILD / f"soak-of-{uploads}.jsonl", uploads)
    if rounds.played:
        print(f"goes on after {len(rounds.played)} rounds, which are in build/soak-of-{uploads}.jsonl")
    _side_by_side(rounds)
    total = rounds.total()
    for what, times in sorted(total.acts.items()):
        print(f"{what:<28}{times:>7}")
    first, last = total.megabytes
    print(f"memory of all tiers: {first:.0f} MB at first, {last:.0f} MB at last, × {total.growth:.2f}")
    print(
        f"{total.seconds:.0f} s of rounds, {SIDE_BY_SIDE} at once; each act is in build/soak-history-*.jsonl"
    )
    print(f"{total.uploads} uploads, {total.lost} lost, {total.doubled} doubled, {total.orphans} orphans")
    return 0 if total.good else 1


def _side_by_side(rounds: Rounds) -> None:
    """Those that are left, so many at once, as a world mostly waits when a part of it is away. Each is a process of its
    own: what the demon starts again ends with the main thread that started it."""
    running: set[subprocess.Popen[str]] = set()

    def play(number: int, count: int) -> tuple[Round, list[str]]:
        command = [sys.executable, "-m", "tests.crash.soak", "--round", str(number), str(count)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            running.add(process)
            said, _ = process.communicate()
            running.discard(process)
        if process.returncode:
            raise Unplayed(f"round {number + 1} could not be played: {process.returncode}\n{said}")
        told = json.loads(said.splitlines()[-1])
        return Round.of(told["played"]), told["wrong"]

    def stop() -> None:
        for process in list(running):
            process.terminate()

    rounds.play(play, SIDE_BY_SIDE, stop)


def _play(number: int, count: int) -> tuple[Round, list[str]]:
    """One round, in a world that nobody has seen, and what is wrong then. The same number has the same chances. Its
    logs and stores stay where something is wrong."""
    history, began = History(BUILD / f"soak-history-{number + 1}.jsonl"), time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix=f"portal-soak-{number + 1}-"))
    try:
        with Stage(folder) as stage:
            verdict, uploads, megabytes = _among(stage, history, number, count)
    except (SystemExit, KeyboardInterrupt):
        shutil.rmtree(folder)
        raise
    except BaseException:
        print(f"its logs and stores are left in {folder}")
        raise
    kinds = {"lost": verdict.lost, "doubled": verdict.doubled, "orphan": verdict.orphans}
    wrong = [f"{kind}: {what}" for kind, whats in kinds.items() for what in whats]
    played = Round(
        number=number,
        uploads=uploads,
        seconds=round(time.monotonic() - began, 1),
        acts=dict(history.counts),
        megabytes=megabytes,
        lost=len(verdict.lost),
        doubled=len(verdict.doubled),
        orphans=len(verdict.orphans),
    )
    if played.good:
        shutil.rmtree(folder)
    else:
        wrong.append(f"its logs and stores are left in {folder}")
    return played, wrong


def _among(
    stage: Stage, history: History, number: int, count: int
) -> tuple[Verdict, int, tuple[float, float]]:
    """People and the demon in a world: what is wrong at the end, of how many uploads, and the memory."""
    truth, over = Truth(stage), threading.Event()
    actors = Actors(stage, truth)
    clients = [Client(actors, history, number * CLIENTS + n, over) for n in range(CLIENTS)]
    demon, watch = Demon(stage, history, number), Watch(stage, over)
    with ThreadPoolExecutor(CLIENTS + 1) as pool:
        watching = pool.submit(watch.run)
        shares = [count // CLIENTS + (n < count % CLIENTS) for n in range(CLIENTS)]
        working = [pool.submit(client.upload, n) for client, n in zip(clients, shares, strict=True)]
        try:
            demon.run(lambda: all(work.done() for work in working))
        finally:
            over.set()
        for work in (*working, watching):
            work.result()
    promises = [promise for client in clients for promise in client.promises]
    stage.whole(0, both=True)
    return _at_rest(stage, actors, truth, promises), len(promises), watch.thirds()


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
    sys.exit(main(sys.argv[1:]))

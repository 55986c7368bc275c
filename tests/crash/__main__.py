"""`make crash`: plays the matrix and prints it. ARGS: parts of scenarios' names, to play those alone."""

import argparse
import re
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.crash.matrix import STRIKES, Matrix, Outcome, Point, applies, points_of
from tests.crash.stage import Stage
from tests.crash.troubles import PLAYS, s3_faults
from tests.crash.truth import Truth
from tests.crash.verbs import VERBS, Actors

WIDTH, CELL = 72, 15
NAMES, TROUBLE = tuple(verb.name for verb in VERBS), "trouble"
LANES = (("accept", "ingest", "edit", "erase"), ("take back", "redrive", "sweep", TROUBLE))
"""What is played side by side; they last about as long as each other."""


def main(arguments: list[str]) -> int:
    """Exit code 0 when every scenario was played and nothing is wrong."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # leave nothing running
    parser = argparse.ArgumentParser(
        prog="make crash ARGS=…", description="Play the matrix, or a part of it."
    )
    parser.add_argument("--of", nargs="+", choices=[*NAMES, TROUBLE], help="these alone, on one stage")
    parser.add_argument("words", nargs="*", help="parts of scenarios' names, all of which a name must have")
    given = parser.parse_args(arguments)
    if not given.of and not given.words:
        return _side_by_side()
    first = given.words[:1] if not given.of else []
    of = given.of or [name for name in (*NAMES, TROUBLE) if name.startswith(tuple(first))]
    return _play(of or [*NAMES, TROUBLE], [word for word in given.words if word != TROUBLE])


def _side_by_side() -> int:
    """All of it on two stages, each of which mostly waits; their rows as they come."""
    command = [sys.executable, "-m", "tests.crash", "--of"]
    lanes = [subprocess.Popen([*command, *names], stdout=subprocess.PIPE, text=True) for names in LANES]
    with ThreadPoolExecutor(len(lanes)) as pool:
        try:
            counts = list(pool.map(_followed, lanes))
            codes = [lane.wait() for lane in lanes]
        finally:
            for lane in lanes:
                lane.terminate()  # when somebody stops all of it
    scenarios, lost, doubled, orphans = map(sum, zip(*counts, strict=True))
    print(f"{scenarios} scenarios, {lost} lost, {doubled} doubled, {orphans} orphans")
    return 1 if any(codes) else 0


def _followed(lane: "subprocess.Popen[str]") -> list[int]:
    """Print what it prints; the numbers of its last line, which whoever breaks down has not."""
    counts = [0, 0, 0, 0]
    for line in lane.stdout or ():
        if found := re.fullmatch(r"(\d+) scenarios, (\d+) lost, (\d+) doubled, (\d+) orphans\n", line):
            counts = [int(number) for number in found.groups()]
        else:
            print(line, end="", flush=True)
    return counts


def _play(of: list[str], words: list[str]) -> int:
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="portal-crash-") as folder, Stage(Path(folder)) as stage:
        matrix = Matrix(stage, Actors(stage, Truth(stage)))
        print("\n" + " " * WIDTH + "".join(f"{strike.name:<{CELL}}" for strike in STRIKES))
        for verb in VERBS:
            if verb.name in of:
                for point in points_of(verb, matrix.undisturbed(verb)):
                    outcomes += _row(matrix, point, words)
        if TROUBLE in of:
            outcomes += _troubles(matrix, words)
    return conclude(outcomes)


def _row(matrix: Matrix, point: Point, wanted: list[str]) -> list[Outcome]:
    """Play what applies at a point, and print it as it comes."""
    print(f"{point!s:<{WIDTH}.{WIDTH - 1}}", end="", flush=True)
    outcomes = []
    for strike in STRIKES:
        cell = ""
        if applies(strike, point) and all(word in f"{point} × {strike.name}" for word in wanted):
            outcomes.append(matrix.play(point, strike))
            cell = f"{'ok' if outcomes[-1] else 'FAILS'} {outcomes[-1].seconds:.1f} s"
        print(f"{cell:<{CELL}}", end="", flush=True)
    print()
    for outcome in outcomes:
        if not outcome:
            print(f"    {outcome.name}: {outcome.fault or outcome.verdict}", flush=True)
    return outcomes


def _troubles(matrix: Matrix, wanted: list[str]) -> list[Outcome]:
    """Play what is no kill, and print each as it comes."""
    outcomes = []
    print()
    for play in (*PLAYS, *s3_faults(matrix.undisturbed(VERBS[1]))):
        if all(word in play.name for word in wanted):
            print(f"{play.name:<{WIDTH}}", end="", flush=True)
            outcomes.append(matrix.play_other(play.name, play.run))
            print(f"{'ok' if outcomes[-1] else 'FAILS'} {outcomes[-1].seconds:.1f} s", flush=True)
            if not outcomes[-1]:
                print(f"    {outcomes[-1].fault or outcomes[-1].verdict}", flush=True)
    return outcomes


def conclude(outcomes: list[Outcome]) -> int:
    """Print the last line; 1 when anything is wrong, or nothing was played."""
    lost, doubled, orphans = (
        sum(len(getattr(outcome.verdict, kind)) for outcome in outcomes)
        for kind in ("lost", "doubled", "orphans")
    )
    unplayed = [outcome for outcome in outcomes if outcome.fault]
    if unplayed:
        print(f"{len(unplayed)} scenarios could not be played as written.")
    print(f"{len(outcomes)} scenarios, {lost} lost, {doubled} doubled, {orphans} orphans")
    return 0 if outcomes and all(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

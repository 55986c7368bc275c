"""`make crash`: plays the matrix and prints it. ARGS: parts of scenarios' names, to play those alone."""

import signal
import sys
import tempfile
from pathlib import Path

from tests.crash.matrix import STRIKES, Matrix, Outcome, Point, applies, points_of
from tests.crash.stage import Stage
from tests.crash.troubles import PLAYS, s3_faults
from tests.crash.truth import Truth
from tests.crash.verbs import VERBS, Actors

WIDTH, CELL = 72, 15


def main(wanted: list[str]) -> int:
    """Exit code 0 when every scenario was played and nothing is wrong."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # leave nothing running
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="portal-crash-") as folder, Stage(Path(folder)) as stage:
        matrix = Matrix(stage, Actors(stage, Truth(stage)))
        print("\n" + " " * WIDTH + "".join(f"{strike.name:<{CELL}}" for strike in STRIKES))
        for verb in VERBS:
            if not any(verb.name.startswith(word) for word in wanted or [verb.name]):
                continue
            for point in points_of(verb, matrix.undisturbed(verb)):
                outcomes += _row(matrix, point, wanted)
        if not wanted or "trouble" in wanted:
            outcomes += _troubles(matrix, wanted)
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
    words = [word for word in wanted if word != "trouble"]
    outcomes = []
    print()
    for play in (*PLAYS, *s3_faults(matrix.undisturbed(VERBS[1]))):
        if all(word in play.name for word in words):
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

"""The matrix: each step's boundaries, and what is killed or comes twice while a call stands there."""

import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from local.drive.waiting import wait_until
from tests.crash.calls import Call, Side, Stop
from tests.crash.rest import Rest
from tests.crash.stage import Stage
from tests.crash.truth import Promise, Verdict
from tests.crash.verbs import Actors, Case, Verb

COMES_AGAIN_SECONDS = 15.0
"""For a step that is cut off to come to the same point once more; some have no reason to."""
VISIBILITY_SECONDS = 90
PAGED = ("COMMIT of checks",)
"""What is done for each page of all that there is, by then: one of them is like the other."""


@dataclass(frozen=True)
class Point:
    """The `nth` call of this name that a verb makes, and where it stands still."""

    verb: Verb
    name: str
    nth: int
    side: Side

    def __str__(self) -> str:
        again = f" (the {self.nth}th)" if self.nth > 1 else ""
        return f"{self.verb.name}: {self.side.value} {self.name}{again}"

    def matcher(self) -> Callable[[Call], bool]:
        """Whether a call is the one, counted from now on."""
        seen = 0
        lock = threading.Lock()

        def wanted(call: Call) -> bool:
            nonlocal seen
            with lock:
                if not self.verb.is_step(call) or call.name != self.name:
                    return False
                seen += 1
                return seen == self.nth

        return wanted


def points_of(verb: Verb, calls: list[Call]) -> Iterator[Point]:
    """Every boundary between two changes in a run that nothing disturbed: before each, half-way through each put, and
    after the last, whose answer is not heard then."""
    seen: dict[str, int] = {}
    changing = [c for c in calls if verb.is_step(c) and c.changes]
    if verb.role == "worker":
        yield Point(verb, "a message comes", 1, Side.AFTER)
    for call in changing:
        seen[call.name] = nth = seen.get(call.name, 0) + 1
        if nth > 1 and call.name in PAGED:
            continue
        yield Point(verb, call.name, nth, Side.BEFORE)
        if call.service == "s3" and call.name.startswith("PUT "):
            yield Point(verb, call.name, nth, Side.HALF)
    last = changing[-1]
    yield Point(verb, last.name, 1 if last.name in PAGED else seen[last.name], Side.AFTER)


@dataclass(frozen=True)
class Strike:
    """What happens while a call stands at a point. `kill`, if anything; `twice`: to the next that comes there, too;
    `doubled`: it is asked for twice from the start; `overtaken`: somebody else does it all meanwhile, and then it goes
    on as if nothing had been."""

    name: str
    kill: Callable[[Stage, Call], None] | None = None
    twice: bool = False
    doubled: bool = False
    overtaken: bool = False


PROCESS = Strike("its process", Stage.kill_process)
TIER = Strike("its tier", lambda stage, call: stage.tiers[call.role].kill())
DATABASE = Strike("database", lambda stage, _: stage.kill_database())
CLOUD = Strike("cloud", lambda stage, _: stage.kill_cloud())
EVERYTHING = Strike("everything", lambda stage, _: stage.kill_everything())
TWICE = Strike("twice in a row", Stage.kill_process, twice=True)
DOUBLED = Strike("come twice", Stage.kill_process, doubled=True)
OVERTAKEN = Strike("two at once", overtaken=True)
STRIKES = (PROCESS, TIER, DATABASE, CLOUD, EVERYTHING, TWICE, DOUBLED, OVERTAKEN)


def applies(strike: Strike, point: Point) -> bool:
    """Whether it tells anything new there. Half-way through a put, all but an end of either side is as before it; the
    database is asked for nothing while a file is accepted; all at once is for commits, of either store, and the end."""
    if strike is EVERYTHING:
        return "COMMIT" in point.name or "manifest" in point.name or point.side is Side.AFTER
    if strike is OVERTAKEN:  # who has the message is whom others can't overtake before
        return point.side is Side.BEFORE
    if strike in (TIER, TWICE, DOUBLED, DATABASE) and point.side is Side.HALF:
        return False
    return strike is not DATABASE or point.verb.name != "accept" or "manifest" in point.name


@dataclass
class Outcome:
    """What came of one scenario; `fault`: why it could not be played as written."""

    name: str
    verdict: Verdict = field(default_factory=Verdict)
    fault: str = ""
    seconds: float = 0.0

    def __bool__(self) -> bool:
        return bool(self.verdict) and not self.fault


class Matrix:
    """Plays scenarios on a stage, one after the other."""

    def __init__(self, stage: Stage, actors: Actors) -> None:
        self._stage, self._actors = stage, actors
        self._rest = Rest(stage, actors.truth)
        self._pool = ThreadPoolExecutor(4)
        self._web = 0  # the other one may be starting still

    def undisturbed(self, verb: Verb) -> list[Call]:
        """The calls of a run in which nothing happens."""
        case = verb.case(self._actors)
        mark = self._stage.calls.mark()
        assert case.act(self._web)
        if verb.role == "worker":
            wait_until(lambda: self._stage.quiet(1), 30, f"{verb.name} is done")
        calls = self._stage.calls.since(mark)
        verdict = self._rest.come(case.promises)
        assert verdict, f"{verb.name}, undisturbed: {verdict}"
        return calls

    def play(self, point: Point, strike: Strike) -> Outcome:
        """One scenario of the matrix, from a whole world to a whole world."""

        def happen() -> Sequence[Promise]:
            case = point.verb.case(self._actors)
            self._happen(case, point, strike)
            return case.promises

        return self._played(f"{point} × {strike.name}", happen, strike.doubled or strike.overtaken)

    def play_other(self, name: str, run: Callable[[Actors], Sequence[Promise]]) -> Outcome:
        """One that is no cell of it."""
        return self._played(name, lambda: run(self._actors), both=True)

    def _played(self, name: str, happen: Callable[[], Sequence[Promise]], both: bool) -> Outcome:
        began, outcome = time.monotonic(), Outcome(name)
        try:
            self._web = self._actors.web = self._web + 1
            self._stage.whole(self._web, both=both)
            self._actors.log_in_again()
            outcome.verdict = self._rest.come(happen())
        except Exception as error:  # noqa: BLE001 -- it is told, and the others are played all the same
            where = traceback.extract_tb(error.__traceback__)[-1]
            outcome.fault = (
                f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno}: {where.line});"
                f" {self._stage.told()}"
            )
        if not outcome:  # what it has left is told once
            self._stage.whole(0)
            self._actors.begin_anew()
        outcome.seconds = time.monotonic() - began
        return outcome

    def _happen(self, case: Case, point: Point, strike: Strike) -> None:
        stage = self._stage
        with ExitStack() as over:
            stop = over.enter_context(stage.calls.stop(point.matcher(), point.side))
            heard = self._pool.submit(case.act, self._web)
            twin = self._pool.submit(case.act, self._web + 1) if strike.doubled else heard
            call = stop.reached()
            if strike.overtaken:
                self._overtake(case, point)
                stop.release(goes_on=True)
                stage.still()
            else:
                assert strike.kill
                again = (
                    over.enter_context(stage.calls.stop(point.matcher(), point.side))
                    if strike.twice
                    else None
                )
                strike.kill(stage, call)
                stop.release()
                stage.mend()
                if again:
                    self._again(case, again, strike)
            answered = heard.result(120)
            twin.result(120)
        if not answered and not case.once:
            case.finish(self._web + 1)

    def _again(self, case: Case, stop: Stop, strike: Strike) -> None:
        """Have it come to the point a second time, and strike there too, if it has a reason to come."""
        asked = None if case.once else self._pool.submit(case.act, self._web + 1)
        self._stage.let_pass(VISIBILITY_SECONDS)
        deadline = time.monotonic() + COMES_AGAIN_SECONDS
        while not stop.came() and time.monotonic() < deadline:
            if (asked is None or asked.done()) and self._actors.truth.at_rest(case.promises):
                return
            time.sleep(0.05)
        if stop.came() and strike.kill:
            strike.kill(self._stage, stop.reached())
        stop.release()
        self._stage.mend()

    def _overtake(self, case: Case, point: Point) -> None:
        """The same once more by somebody else, to its end."""
        if point.verb.role == "worker":
            self._rest.send_again(case.promises)
            self._stage.let_pass(VISIBILITY_SECONDS)
            wait_until(lambda: self._stage.depth()[0] == 0, 20, "another worker takes it")
            time.sleep(0.5)  # and comes as far as it can, which may be to a lock that is held
        else:
            self._pool.submit(case.act, self._web + 1).exception(30)

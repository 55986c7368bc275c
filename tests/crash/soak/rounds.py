"""A long soak in rounds, each in a world of its own: the local cloud keeps in its memory what it knows of each version,
and reads it anew whenever it is killed."""

import json
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROUND = 2000
"""Uploads."""
FLAT = 1.25
"""The most that the last third's highest memory may be of the first third's."""


@dataclass(frozen=True)
class Round:
    """What came of one; `number` is from 0. `acts` are counts by name; `megabytes` those of all tiers: the highest of
    the first third, and of the last."""

    number: int
    uploads: int
    seconds: float
    acts: dict[str, int]
    megabytes: tuple[float, float]
    lost: int
    doubled: int
    orphans: int

    @classmethod
    def of(cls, told: dict[str, Any]) -> "Round":
        """Of its JSON."""
        return cls(**{**told, "megabytes": tuple(told["megabytes"])})

    @property
    def growth(self) -> float:
        """Of memory."""
        first, last = self.megabytes
        return last / first

    @property
    def good(self) -> bool:
        """Whether nothing is wrong, and memory is flat."""
        return not (self.lost or self.doubled or self.orphans) and self.growth <= FLAT

    def __str__(self) -> str:
        bad = sum(times for act, times in self.acts.items() if act.startswith("demon"))
        first, last = self.megabytes
        return (
            f"{self.uploads} uploads in {self.seconds:.0f} s, {bad} kills, outages and repetitions, "
            f"{self.acts.get('edit', 0)} edits, {self.acts.get('take back', 0)} taken back; memory {first:.0f} MB, "
            f"{last:.0f} MB, × {self.growth:.2f}; "
            f"{self.lost} lost, {self.doubled} doubled, {self.orphans} orphans"
        )


class Unplayed(Exception):
    """Of one round nobody knows how it would have ended."""


class Rounds:
    """Of a soak with `uploads`, in a file of its own. One that was interrupted goes on with the rounds that it has not;
    one that is over, or went wrong, begins anew."""

    def __init__(self, file: Path, uploads: int) -> None:
        file.parent.mkdir(exist_ok=True)
        self._file, self._uploads = file, uploads
        self.played = self._before()
        if not self.played:
            file.write_text("")

    def _before(self) -> list[Round]:
        if not self._file.exists():
            return []
        played = [Round.of(json.loads(line)) for line in self._file.read_text().splitlines()]
        over = sum(each.uploads for each in played) >= self._uploads or not all(each.good for each in played)
        return [] if over else played

    def left(self) -> dict[int, int]:
        """The uploads of each round that is to be played, by its number."""
        counts = [min(ROUND, self._uploads - begun) for begun in range(0, self._uploads, ROUND)]
        done = {each.number for each in self.played}
        return {number: count for number, count in enumerate(counts) if number not in done}

    def add(self, played: Round) -> None:
        """One more."""
        self.played.append(played)
        with self._file.open("a") as file:
            file.write(json.dumps(asdict(played)) + "\n")

    def play(
        self, play: Callable[[int, int], tuple[Round, list[str]]], at_once: int, stop: Callable[[], None]
    ) -> None:
        """Those that are left. `play` is given a round's number and uploads, and says what came of it and what is wrong
        then. After one that went wrong, or is `Unplayed`, those beside it come to their end and none begins; before
        anything else is raised, such as an exit, `stop` ends them. Raises a group of what was `Unplayed`."""
        unplayed: list[Unplayed] = []
        over, told = threading.Event(), threading.Lock()

        def one(number: int, count: int) -> None:
            if over.is_set():
                return
            try:
                played, wrong = play(number, count)
            except Unplayed as error:
                over.set()
                unplayed.append(error)
                return
            if not played.good:
                over.set()
            with told:
                self.add(played)
                print("\n".join([f"round {number + 1}: {played}", *wrong]), flush=True)

        with ThreadPoolExecutor(at_once) as pool:
            playing = [pool.submit(one, *each) for each in self.left().items()]
            try:
                for each in as_completed(playing):
                    each.result()
            except BaseException:
                over.set()
                stop()
                raise
        if unplayed:
            raise ExceptionGroup("not all rounds could be played", unplayed)

    def total(self) -> Round:
        """All of them, with the highest memory of the first third of rounds, and of the last."""
        third = max(1, len(self.played) // 3)
        return Round(
            number=len(self.played),
            uploads=sum(each.uploads for each in self.played),
            seconds=sum(each.seconds for each in self.played),
            acts=dict(sum((Counter(each.acts) for each in self.played), Counter[str]())),
            megabytes=(
                max(each.megabytes[0] for each in self.played[:third]),
                max(each.megabytes[1] for each in self.played[-third:]),
            ),
            lost=sum(each.lost for each in self.played),
            doubled=sum(each.doubled for each in self.played),
            orphans=sum(each.orphans for each in self.played),
        )

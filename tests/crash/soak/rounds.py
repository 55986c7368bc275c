"""A long soak in rounds, each in a world of its own: the local cloud keeps in its memory what it knows of each version,
and reads it anew whenever it is killed."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

ROUND = 2000
"""Uploads."""
FLAT = 1.25
"""The most that the last third's highest memory may be of the first third's."""


@dataclass(frozen=True)
class Round:
    """What came of one. `acts` are counts by name; `megabytes` those of all tiers: the highest of the first third, and
    of the last."""

    uploads: int
    seconds: float
    acts: dict[str, int]
    megabytes: tuple[float, float]
    lost: int
    doubled: int
    orphans: int

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


class Rounds:
    """Of a soak with `uploads`, in a file. One that was interrupted goes on with the round in which it was; one that
    is over, or went wrong, begins anew."""

    def __init__(self, file: Path, uploads: int) -> None:
        file.parent.mkdir(exist_ok=True)
        self._file, self.uploads = file, uploads
        self.played = self._before()
        if not self.played:
            file.write_text(json.dumps({"uploads": uploads}) + "\n")

    def _before(self) -> list[Round]:
        if not self._file.exists():
            return []
        head, *lines = map(json.loads, self._file.read_text().splitlines())
        played = [Round(**{**line, "megabytes": tuple(line["megabytes"])}) for line in lines]
        over = sum(each.uploads for each in played) >= self.uploads or not all(each.good for each in played)
        return [] if head["uploads"] != self.uploads or over else played

    def left(self) -> Iterator[tuple[int, int]]:
        """The number, from 0, and the uploads of each that is to be played."""
        while (done := sum(each.uploads for each in self.played)) < self.uploads:
            yield len(self.played), min(ROUND, self.uploads - done)

    def add(self, played: Round) -> None:
        """One more, whose number `left` told last."""
        self.played.append(played)
        with self._file.open("a") as file:
            file.write(json.dumps(asdict(played)) + "\n")

    def total(self) -> Round:
        """All of them, with the highest memory of the first third of rounds, and of the last."""
        third = max(1, len(self.played) // 3)
        return Round(
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

"""Twenty people who upload, edit and take back, and what they did."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from local.drive.people import new_person
from tests.crash.truth import Promise
from tests.crash.verbs import NO_CONTENT, OK, Actors

EDITS, TAKES_BACK = 0.3, 0.2
"""How often, after an upload, somebody edits what they have published, and takes something back."""
MOST_UNDER_WAY, LOOK_SECONDS = 12, 4.0
"""Uploads of one person's that have not come to an end, and how often they look at them then."""
ENDED = {"published", "failed", "rejected"}


class History:
    """Every act and its answer, in a file, as they come."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(exist_ok=True)
        self._file, self._lock = file.open("w"), threading.Lock()
        self.counts: Counter[str] = Counter()

    def add(self, what: str, **told: object) -> None:
        """One line."""
        with self._lock:
            self.counts[what] += 1
            self._file.write(json.dumps({"at": round(time.time(), 3), "what": what, **told}) + "\n")
            self._file.flush()


class Client:
    """Somebody with a share of the uploads, one after the other."""

    def __init__(self, actors: Actors, history: History, seed: int, over: threading.Event) -> None:
        self._actors, self._history, self._over = actors, history, over
        self._chance = random.Random(seed)  # noqa: S311 -- the same on every run
        self._owner = actors.join(new_person(actors.stage.portals[seed % len(actors.stage.portals)]))
        self._versions: dict[str, int] = {}
        self.promises: list[Promise] = []
        self._under_way: list[Promise] = []

    def upload(self, count: int) -> None:
        """All of them, and now and then something else; until it is over."""
        for _ in range(count):
            if self._over.is_set():
                return
            self._actors.log_in_again(self._owner)
            self._wait_for_room()
            promise = self._actors.promise(self._owner)
            self.promises.append(promise)
            self._under_way.append(promise)
            self._until("upload", promise, lambda n, p=promise: self._actors.post(p, n))  # type: ignore[misc]
            standing = [p for p in self.promises if not p.gone]
            if standing and self._chance.random() < EDITS:
                self._edit(self._chance.choice(standing))
            if standing and self._chance.random() < TAKES_BACK:
                self._take_back(self._chance.choice(standing))

    def _wait_for_room(self) -> None:
        """Until one of many has come to an end: nobody edits what only waits."""
        while len(self._under_way) >= MOST_UNDER_WAY and not self._over.wait(LOOK_SECONDS):
            ended = {upload for upload, state in self._states(self._under_way).items() if state in ENDED}
            self._under_way = [p for p in self._under_way if not (p.gone or p.ids & ended)]

    def _edit(self, promise: Promise) -> None:
        [upload] = promise.ids
        if self._states([promise]).get(upload) != "published":
            return
        version = self._versions.get(upload, 1)
        caption = f"{promise.word}edit{version}"

        def act(number: int) -> bool:
            seen, body = {"If-Match": f'"{version}"'}, {"caption": caption}
            by = self._actors.people[self._owner]
            status = self._actors.ask("PATCH", f"/images/{upload}", number, by=by, headers=seen, json=body)
            # 412: done by a try whose answer was not heard, as nobody else edits it.
            return status in (OK, 412)

        self._until("edit", promise, act)
        promise.before, promise.caption = promise.caption, caption
        self._versions[upload] = version + 1

    def _take_back(self, promise: Promise) -> None:
        [upload], by = promise.ids, self._actors.people[self._owner]
        promise.gone = True
        self._until(
            "take back",
            promise,
            lambda number: self._actors.ask("DELETE", f"/images/{upload}", number, by=by) == NO_CONTENT,
        )

    def _states(self, promises: Sequence[Promise]) -> dict[str, str]:
        """By their uploads' ids; {} when nobody answers."""
        by, ids = self._actors.people[self._owner], ",".join(upload for p in promises for upload in p.ids)
        with suppress(AssertionError, OSError):
            told = self._actors.stage.at(by, self._chance.randrange(2)).get("/uploads", ids=ids)
            return {upload["id"]: upload["status"] for upload in told["items"]}
        return {}

    def _until(self, what: str, promise: Promise, act: Callable[[int], bool]) -> None:
        number = self._chance.randrange(2)
        while not act(number):
            self._history.add(f"{what}: not heard", word=promise.word)
            if self._over.wait(0.3):
                return
            number += 1
        self._history.add(what, word=promise.word, ids=sorted(promise.ids), caption=promise.caption)

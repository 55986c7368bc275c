"""Sends the demo's files as their people, and follows them to their end."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from local.console import LocalError
from local.demo.people import SENDERS
from local.drive.people import Person

UNFINISHED = {"queued", "processing"}  # a held one waits for a person
LOOK_SECONDS, LOOK_SECONDS_EACH = 0.5, 0.01  # the more is under way, the longer until the next look
LIMIT = 100
# Only the first ones of each person are asked about: a waiting upload costs the portal a look into its store.
FRONT = 20


@dataclass(frozen=True)
class Parcel:
    """A file to send; `make` gives its bytes. `person` and `filename` tell it from all others."""

    person: Person
    filename: str
    make: Callable[[], bytes]
    fields: dict[str, str] = field(default_factory=dict)


@dataclass
class Outcome:
    """What became of the files: how many are in each state, and the refused ones by name with code and sentence."""

    states: dict[str, int] = field(default_factory=dict)
    refused: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def finished(self) -> int:
        """Files about which there is nothing more to be learnt."""
        return sum(self.states.values()) + len(self.refused)


class Publisher:
    """One run. What was sent by an earlier one is recognised by its name, and looked at only."""

    def __init__(self, parcels: list[Parcel]) -> None:
        self.outcome = Outcome()
        self._parcels = {(parcel.person.username, parcel.filename): parcel for parcel in parcels}
        self._people = {parcel.person.username: parcel.person for parcel in parcels}
        self._open: dict[str, set[str]] = {name: set() for name in self._people}
        self._lock = threading.Lock()

    def publish(self, show: Callable[[int], None]) -> None:
        """Until every file is finished; `show` is told how many are. Raises LocalError when one isn't taken at all."""
        known = {key for person in self._people.values() for key in self._known(person)}
        with ThreadPoolExecutor(SENDERS) as threads:
            sending = [threads.submit(self._send, p) for key, p in self._parcels.items() if key not in known]
            try:
                self._follow(sending, show)
            finally:
                threads.shutdown(wait=True, cancel_futures=True)

    def _follow(self, sending: list[Future[None]], show: Callable[[int], None]) -> None:
        while any(not one.done() for one in sending) or self._under_way():
            time.sleep(LOOK_SECONDS + LOOK_SECONDS_EACH * self._under_way())
            for person in self._people.values():
                self._look(person)
            for one in sending:
                if one.done():
                    one.result()
            show(self.outcome.finished)
        show(self.outcome.finished)

    def _under_way(self) -> int:
        with self._lock:
            return sum(map(len, self._open.values()))

    def _known(self, person: Person) -> list[tuple[str, str]]:
        """The demo's files that a person has sent already, each taken into account."""
        found: list[tuple[str, str]] = []
        cursor: str | None = ""
        while cursor is not None:
            page = person.get("/uploads", limit=LIMIT, **({"cursor": cursor} if cursor else {}))
            for upload in page["items"]:
                key = (person.username, upload["filename"])
                if key in self._parcels and key not in found:
                    found.append(key)
                    self._take(person.username, upload)
            cursor = page["next_cursor"]
        return found

    def _send(self, parcel: Parcel) -> None:
        """The key makes a repeated request harmless, also one whose answer was lost."""
        answer = parcel.person.post_image(
            parcel.make(), parcel.filename, key=f"demo {parcel.filename}", **parcel.fields
        )
        problem = answer.json()
        if answer.status_code not in (202, 415):
            raise LocalError(f"{parcel.filename} was not taken: {problem.get('detail', answer.status_code)}")
        with self._lock:
            if answer.status_code == 202:
                self._open[parcel.person.username].add(problem["id"])
            else:
                self.outcome.refused[parcel.filename] = (problem["code"], problem["detail"])

    def _look(self, person: Person) -> None:
        with self._lock:
            front = sorted(self._open[person.username])[:FRONT]
        if front:
            for upload in person.get("/uploads", ids=",".join(front))["items"]:
                self._take(person.username, upload)

    def _take(self, name: str, upload: dict[str, Any]) -> None:
        with self._lock:
            if upload["status"] in UNFINISHED:
                self._open[name].add(upload["id"])
                return
            self._open[name].discard(upload["id"])
            if upload["status"] == "rejected":
                reason = upload["reason"]
                self.outcome.refused[upload["filename"]] = (reason["code"], reason["message"])
            else:
                self.outcome.states[upload["status"]] = self.outcome.states.get(upload["status"], 0) + 1

"""The dead-letter queue, in memory: what the work queue gave up, and what a test plants there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count

from shared.adapters.memory.clock import Clock, utc_now
from shared.adapters.memory.work_queue import MemoryWorkQueue
from shared.domain.delivery import MAX_RECEIVE_COUNT, ids_in
from shared.ports.dead_letters import DeadLetter

START = 400


@dataclass(frozen=True)
class _Hidden:
    letter_id: str
    until: datetime


class MemoryDeadLetters:
    """Implements shared.ports.dead_letters.DeadLetters."""

    def __init__(self, queue: MemoryWorkQueue, now: Clock = utc_now) -> None:
        """`now` decides when one that was taken is seen again."""
        self._queue = queue
        self._now = now
        self._planted: dict[str, DeadLetter] = {}
        self._received: dict[str, int] = {}
        self._hidden: dict[str, _Hidden] = {}  # by handle
        self._numbers = count(1)

    def plant(self, body: str) -> None:
        """Have any text on the queue."""
        owner, upload_id = ids_in(body) or (None, None)
        name = f"planted-{next(self._numbers)}"
        letter = DeadLetter(name, "", owner, upload_id, body[:START], len(body), 0, self._now())
        self._planted[name] = letter

    def take(self, most: int, seconds: int) -> list[DeadLetter]:
        """Receive some."""
        hidden = {h.letter_id for h in self._hidden.values() if h.until > self._now()}
        visible = [letter for letter in self._all() if letter.id not in hidden]
        return [self._take(letter, seconds) for letter in visible[:most]]

    def release(self, handles: Sequence[str]) -> None:
        """Let them be seen again."""
        self._queue.check()
        for handle in handles:
            self._hidden.pop(handle, None)

    def hold(self, handle: str, seconds: int) -> bool:
        """Hide it for longer."""
        self._queue.check()
        hidden = self._hidden.get(handle)
        if hidden is None or hidden.until <= self._now():
            return False
        self._hidden[handle] = replace(hidden, until=self._now() + timedelta(seconds=seconds))
        return True

    def remove(self, handle: str) -> None:
        """Remove it."""
        self._queue.check()
        letter_id = self._hidden.pop(handle).letter_id
        if self._planted.pop(letter_id, None) is None:
            self._queue.bury(int(letter_id))

    def count(self) -> int:
        """How many there are, hidden ones too."""
        return len(self._all())

    def _take(self, letter: DeadLetter, seconds: int) -> DeadLetter:
        handle = f"handle-{next(self._numbers)}"
        self._hidden[handle] = _Hidden(letter.id, self._now() + timedelta(seconds=seconds))
        self._received[letter.id] = self._received.get(letter.id, 0) + 1
        return replace(letter, handle=handle, received=MAX_RECEIVE_COUNT + self._received[letter.id])

    def _all(self) -> list[DeadLetter]:
        self._queue.check()
        given_up = [
            DeadLetter(str(d.number), "", d.owner, d.upload_id, "{}", 2, d.receive_count, self._now())
            for d in self._queue.dead_letters()
        ]
        return [*given_up, *self._planted.values()]

"""A few places in each process for what takes long: so many at once, and one for each person."""

import threading
from uuid import UUID


class Slots:
    """At most `most` people at once. Threads share it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: set[UUID] = set()
        self._lock = threading.Lock()

    def holds(self, person: UUID) -> bool:
        """Whether this person has one."""
        return person in self._taken

    def take(self, person: UUID) -> bool:
        """Take one; False when none is free, or this person has one already."""
        with self._lock:
            if person in self._taken or len(self._taken) >= self._most:
                return False
            self._taken.add(person)
            return True

    def give_back(self, person: UUID) -> None:
        """What ends gives its place back."""
        with self._lock:
            self._taken.discard(person)

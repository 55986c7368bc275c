"""Where accepted uploads wait for a worker."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from shared.ports.unavailable import Unavailable

MAX_DELAY_SECONDS = 900
"""SQS's own limit."""


class QueueUnavailable(Unavailable):
    """The queue could not be used."""


@dataclass(frozen=True)
class Depth:
    """How many messages wait, in SQS's own words (approximate, as SQS counts)."""

    visible: int
    in_flight: int
    delayed: int
    dead_letters: int

    @property
    def backlog(self) -> int:
        """Messages on the main queue, whatever their state."""
        return self.visible + self.in_flight + self.delayed


class WorkQueue(Protocol):
    """Where accepted uploads wait for a worker. Every method raises QueueUnavailable when it can't be used.

    `warm` opens the connection that the first `send` would open. `misconfiguration` says what is wrong with the queue's
    settings, a sentence each; empty when it can be relied on. A message may be kept back for `delay_seconds`, at most
    MAX_DELAY_SECONDS.
    """

    def warm(self) -> None: ...
    def send(self, owner: UUID, upload_id: UUID, *, delay_seconds: int = 0) -> None: ...
    def depth(self) -> Depth: ...
    def check(self) -> None: ...
    def misconfiguration(self) -> list[str]: ...

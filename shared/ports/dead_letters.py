"""The dead-letter queue, as operators look into it and clear it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True)
class DeadLetter:
    """A message that SQS has given up. `handle` is what who took it acts with; owner and upload are None when the body
    names none; `start` is the body's beginning, of so many `characters` in all; `received` counts looks at it too;
    `sent_at`: when it was first sent."""

    id: str
    handle: str
    owner: UUID | None
    upload_id: UUID | None
    start: str
    characters: int
    received: int
    sent_at: datetime


class DeadLetters(Protocol):
    """Every method raises QueueUnavailable when the queue can't be used.

    SQS lists nothing: `take` receives some, no matter which, and hides them from everybody else for so many seconds;
    fewer than asked for doesn't mean that there are no more. `release` lets them be seen again at once. `hold` hides
    one for longer; False when it was removed, or isn't hidden any more, so that somebody else may have it. `count` has
    the hidden ones in it, approximately, as SQS counts.
    """

    def take(self, most: int, seconds: int) -> list[DeadLetter]: ...
    def release(self, handles: Sequence[str]) -> None: ...
    def hold(self, handle: str, seconds: int) -> bool: ...
    def remove(self, handle: str) -> None: ...
    def count(self) -> int: ...

"""A queue in memory that does what SQS's standard queues may do: hide, repeat, reorder, and give up.

Beside the port stands the worker's side (`receive`, `delete`) and SQS's licence to deliver twice, which a test uses
where it likes (`repeat`); `lose` is the message that was never sent.
"""

import threading
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

from shared.adapters.memory.clock import Clock, utc_now
from shared.domain.delivery import MAX_RECEIVE_COUNT, VISIBILITY_TIMEOUT_SECONDS
from shared.ports.work_queue import Depth, QueueUnavailable


@dataclass
class Message:
    """One message; hidden until `visible_at`. `number` tells the order of sending."""

    number: int
    owner: UUID
    upload_id: UUID
    visible_at: datetime
    receive_count: int = 0


@dataclass(frozen=True)
class Delivery:
    """A message as one receive hands it out. `group` is the message group, whose members share their turns."""

    number: int
    owner: UUID
    upload_id: UUID
    group: str
    receive_count: int


class MemoryWorkQueue:
    """Implements shared.ports.work_queue.WorkQueue on a queue and its dead-letter queue. Threads may share it."""

    def __init__(self, now: Clock = utc_now) -> None:
        """`now` decides when a received message is visible again."""
        self.away = False
        self.faults: list[str] = []
        self._now = now
        self._messages: dict[int, Message] = {}
        self._dead: list[Message] = []
        self._numbers = count(1)
        self._lock = threading.Lock()

    def warm(self) -> None:
        """There is no connection to open."""
        self.check()

    def send(self, owner: UUID, upload_id: UUID, *, delay_seconds: int = 0) -> None:
        """Ask a worker to bring one upload to its end, after a while."""
        self.check()
        with self._lock:
            self._add(owner, upload_id, receive_count=0, delay=timedelta(seconds=delay_seconds))

    def depth(self) -> Depth:
        """How many messages are in each state."""
        self.check()
        with self._lock:
            visible, now = len(self._visible()), self._now()
            delayed = sum(m.receive_count == 0 and m.visible_at > now for m in self._messages.values())
            return Depth(visible, len(self._messages) - visible - delayed, delayed, len(self._dead))

    def check(self) -> None:
        """Raises QueueUnavailable while the queue is away."""
        if self.away:
            raise QueueUnavailable("the queue is away")

    def misconfiguration(self) -> list[str]:
        """The sentences in `faults`."""
        self.check()
        return list(self.faults)

    def receive(self, place: int = 0) -> Delivery | None:
        """Take the message at `place` among the visible ones (counted round and round); None without any.

        Place 0 is the one whose turn it is. A message that was received often enough becomes a dead letter instead.
        """
        self.check()
        with self._lock:
            while visible := self._visible():
                message = visible[place % len(visible)]
                if message.receive_count < MAX_RECEIVE_COUNT:
                    message.receive_count += 1
                    message.visible_at = self._now() + timedelta(seconds=VISIBILITY_TIMEOUT_SECONDS)
                    return _delivery(message)
                self._dead.append(self._messages.pop(message.number))
            return None

    def delete(self, delivery: Delivery) -> None:
        """Acknowledge. As on SQS, an old delivery's word counts for nothing once there has been a newer one."""
        self.check()
        with self._lock:
            message = self._messages.get(delivery.number)
            if message and message.receive_count == delivery.receive_count:
                del self._messages[delivery.number]

    def repeat(self, delivery: Delivery) -> None:
        """Have SQS deliver a message once more, though it is being worked on or was deleted."""
        with self._lock:
            self._add(delivery.owner, delivery.upload_id, receive_count=delivery.receive_count)

    def lose(self, upload_id: UUID) -> None:
        """Have every message of an upload vanish."""
        with self._lock:
            self._messages = {n: m for n, m in self._messages.items() if m.upload_id != upload_id}

    def dead_letters(self) -> list[Delivery]:
        """What was given up, oldest first."""
        with self._lock:
            return [_delivery(message) for message in self._dead]

    def bury(self, number: int) -> None:
        """Remove a dead letter."""
        with self._lock:
            self._dead = [message for message in self._dead if message.number != number]

    def _add(self, owner: UUID, upload_id: UUID, receive_count: int, delay: timedelta = timedelta()) -> None:
        number = next(self._numbers)
        self._messages[number] = Message(number, owner, upload_id, self._now() + delay, receive_count)

    def _visible(self) -> list[Message]:
        """Groups with the least in flight come first, as in SQS's fair queues; within them, the oldest."""
        now = self._now()
        hidden = (m for m in self._messages.values() if m.visible_at > now)
        in_flight = Counter(m.owner for m in hidden if m.receive_count)
        visible = [m for m in self._messages.values() if m.visible_at <= now]
        return sorted(visible, key=lambda m: (in_flight[m.owner], m.number))


def _delivery(message: Message) -> Delivery:
    return Delivery(
        message.number, message.owner, message.upload_id, str(message.owner), message.receive_count
    )

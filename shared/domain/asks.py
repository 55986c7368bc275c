"""Asking an owner for more than an image's licence grants."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

MAX_ASK_CHARACTERS = 2000  # of a question, and of its answer
MOST_ASKS_A_DAY = 20  # of one person


@dataclass(frozen=True)
class Ask:
    """One person's question to an image's owner, and its answer once there is one. `id` is a UUIDv7, names are as they
    were at that moment; `granted` is None while it waits. Times: UTC, by the database's clock."""

    id: UUID
    image_id: UUID
    asker: UUID
    asker_name: str
    owner: UUID
    owner_name: str
    text: str
    at: datetime
    granted: bool | None = None
    answer: str = ""
    answered_at: datetime | None = None

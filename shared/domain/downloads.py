"""Who took which bytes, under which licence, and when."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class Download:
    """One download of an original. `id` is a UUIDv7; `shared_by` and `licence` are as they were at that moment, and
    `version` is the record's of which they were read. `at`: UTC, by the database's clock."""

    id: UUID
    taker: UUID
    username: str
    image_id: UUID
    shared_by: str
    sha256: str
    size_bytes: int
    licence: str
    version: int
    at: datetime

"""Upload ids: UUIDv7 (RFC 9562), so that the order of ids is the order of uploads."""

import os
import time
from datetime import UTC, datetime
from uuid import UUID


def new_upload_id() -> UUID:
    """A fresh UUIDv7: 48 bits of milliseconds, 12 bits of the millisecond's fraction, 62 random bits."""
    ns = time.time_ns()
    ms, rest = divmod(ns, 1_000_000)
    fraction = rest * 4096 // 1_000_000
    random = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    return UUID(int=(ms & (1 << 48) - 1) << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | random)


def made_at(upload_id: UUID) -> datetime:
    """When an id was made, to the millisecond, by the clock of who made it."""
    return datetime.fromtimestamp((upload_id.int >> 80) / 1000, UTC)


def first_id_of(moment: datetime) -> UUID:
    """Below every id that is made from this moment on, and above all that were made before."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def parse_id(text: str) -> UUID | None:
    """The UUID that `text` spells, or None: for ids that come from outside."""
    try:
        return UUID(text)
    except ValueError:
        return None

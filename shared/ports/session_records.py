"""What the portal itself keeps of sessions: since when, by which device, and that they have ended."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

SEEN_FOR_DAYS = 31
"""A session that went on no more for so long is over: its refresh token has ended."""


@dataclass(frozen=True)
class SessionRecord:
    """A session that goes on. `seen_at`: when it was begun or last renewed."""

    id: UUID
    device: str
    began_at: datetime
    seen_at: datetime


@dataclass(frozen=True)
class Ends:
    """What has ended: every session of the owner's that began at `moment` or before, and the one that was asked for."""

    moment: datetime | None
    ended: bool


class SessionRecords(Protocol):
    """Sessions by owner; every method raises CatalogueUnavailable when they can't be used.

    `note` begins a record or says that its session goes on; what has ended stays so, and what was seen too long ago is
    forgotten. `end` keeps the end of a session that was never noted, too. `end_all` keeps the later of two moments.
    `open`: those that have not ended, the last seen first.
    """

    def note(self, owner: UUID, session: UUID, device: str) -> None: ...
    def end(self, owner: UUID, session: UUID) -> None: ...
    def end_all(self, owner: UUID, moment: datetime) -> None: ...
    def ends(self, owner: UUID, session: UUID | None) -> Ends: ...
    def open(self, owner: UUID, limit: int) -> list[SessionRecord]: ...

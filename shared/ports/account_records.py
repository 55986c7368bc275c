"""What the portal itself keeps of each account: when its sessions were ended, and the licence it begins with."""

from datetime import datetime
from typing import Protocol
from uuid import UUID


class AccountRecords(Protocol):
    """Records by owner; every method raises CatalogueUnavailable when they can't be used.

    Sessions that began at `sessions_ended_at` or before are over; `end_sessions` keeps the later of two moments.
    """

    def sessions_ended_at(self, owner: UUID) -> datetime | None: ...
    def end_sessions(self, owner: UUID, moment: datetime) -> None: ...
    def default_licence(self, owner: UUID) -> str | None: ...
    def set_default_licence(self, owner: UUID, licence: str) -> None: ...

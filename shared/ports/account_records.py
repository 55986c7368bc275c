"""What the portal itself keeps of each account: the licence that its uploads begin with."""

from typing import Protocol
from uuid import UUID


class AccountRecords(Protocol):
    """Records by owner; every method raises CatalogueUnavailable when they can't be used."""

    def default_licence(self, owner: UUID) -> str | None: ...
    def set_default_licence(self, owner: UUID, licence: str) -> None: ...

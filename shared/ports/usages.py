"""What owners have published, counted."""

from typing import Protocol
from uuid import UUID

from shared.domain.quota import Usage


class Usages(Protocol):
    """Raises CatalogueUnavailable when the database can't be used."""

    def of_owner(self, owner: UUID) -> Usage: ...

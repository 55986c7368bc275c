"""Which objects the records name: one side of a comparison with what is stored."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from shared.domain.uploads import Upload


@dataclass(frozen=True)
class Named:
    """An image's keys, and what is known of its original. `gone`: it was taken back."""

    upload_id: UUID
    owner: UUID
    original_key: str
    renditions: tuple[str, ...]
    size_bytes: int
    sha256: str
    gone: bool

    @property
    def keys(self) -> tuple[str, ...]:
        """All of them, the original's first."""
        return self.original_key, *self.renditions


class Inventory(Protocol):
    """Every method raises CatalogueUnavailable when the records can't be used.

    `page` goes in the order of the originals' keys, which is that of a listing of the store; `unfinished` tells of
    uploads that have a record and wait for an attempt or are at one, in the order of their ids.
    """

    def page(self, after: str, limit: int) -> list[Named]: ...
    def find(self, upload_id: UUID) -> Named | None: ...
    def unfinished(self, after: UUID | None, limit: int) -> list[Upload]: ...

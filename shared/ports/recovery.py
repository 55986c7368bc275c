"""What the sweep and an operator's redrive record of uploads that went no further by themselves."""

from typing import Protocol
from uuid import UUID

from shared.domain.manifest import Manifest
from shared.domain.uploads import Attempt


class Recovery(Protocol):
    """Each method is one transaction. Every one raises CatalogueUnavailable when the database can't be used."""

    def requeued(self, manifest: Manifest) -> None: ...
    def redriven(self, manifest: Manifest) -> bool: ...
    def fail(self, upload_id: UUID, attempt: Attempt, message: str) -> None: ...

"""Downloads of originals, each written down before it begins."""

from typing import Protocol
from uuid import UUID

from shared.domain.downloads import Download


class Downloads(Protocol):
    """Every method raises CatalogueUnavailable when the records can't be used.

    `add` reads digest and licence from the image's record in the statement that writes them down; None for an image
    that people don't see. `of_taker` goes back in time from the id `before`, without it from the newest. Rows outlive
    their image, as what was granted does; `forget` removes those of an account that is deleted.
    """

    def add(self, taker: UUID, username: str, image_id: UUID) -> Download | None: ...
    def find(self, download_id: UUID) -> Download | None: ...
    def of_taker(self, taker: UUID, before: UUID | None, limit: int) -> list[Download]: ...
    def forget(self, taker: UUID) -> None: ...

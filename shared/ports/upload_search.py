"""How operators find uploads among all there are."""

from typing import Protocol
from uuid import UUID

from shared.domain.uploads import Upload


class UploadSearch(Protocol):
    """Every method raises CatalogueUnavailable when the database can't be used. Each answers from an index.

    All go from the newest to those older than `before`, but `of_filename`: first what is called so, the newest first,
    then what only begins so, by name; it goes on behind the upload `behind`. `of_digest` knows the hex digest of the
    bytes as they were received and as they are published, `of_reference` the eight hex digits that an owner was told.
    """

    def of_owner(self, owner: UUID, before: UUID | None, limit: int) -> list[Upload]: ...
    def of_username(self, username: str, before: UUID | None, limit: int) -> list[Upload]: ...
    def of_filename(self, beginning: str, behind: UUID | None, limit: int) -> list[Upload]: ...
    def of_digest(self, sha256: str, before: UUID | None, limit: int) -> list[Upload]: ...
    def of_reference(self, reference: str, before: UUID | None, limit: int) -> list[Upload]: ...

"""Published images and the index over them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from shared.domain.images import Image, ImageQuery
from shared.domain.terms import Term


@dataclass(frozen=True)
class ImagePage:
    """Images, newest first; `more` says whether older ones remain."""

    items: Sequence[Image] = field(default_factory=list)
    more: bool = False


@dataclass(frozen=True)
class Suggestion:
    """A term that images are found by, and how many those are: exact below the cap that was asked for."""

    term: Term
    images: int


class ImageCatalogue(Protocol):
    """Published images and the index over them.

    What its owner took back is in no answer, what a moderator hides in that of `with_hidden` alone: for its owner and
    for moderators. `count_newer` counts no further than `most`.
    """

    def find(self, image_id: UUID) -> Image | None: ...
    def find_many(self, image_ids: Sequence[UUID]) -> dict[UUID, Image]: ...
    def with_hidden(self, image_ids: Sequence[UUID]) -> dict[UUID, Image]: ...
    def search(self, query: ImageQuery) -> ImagePage: ...
    def neighbours(self, image_id: UUID) -> tuple[UUID | None, UUID | None]: ...
    def count_newer(self, than: UUID, most: int) -> int: ...
    def count_of(self, username: str) -> int: ...
    def suggest(self, beginnings: Sequence[Term], limit: int, cap: int) -> list[Suggestion]: ...

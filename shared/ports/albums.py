"""Albums of images, and their order."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol
from uuid import UUID

from shared.domain.albums import Album, AlbumChanges
from shared.domain.images import Image


class AlbumFault(Enum):
    """Why nothing was changed."""

    TITLE_TAKEN = auto()  # the owner has an album of this title
    FULL = auto()  # it would hold more than MAX_ALBUM_IMAGES
    NOT_IN_IT = auto()  # the cover, or the image to move to, is not in the album


@dataclass(frozen=True)
class AlbumConflict:
    """Nothing was changed: `album` is not the version that the owner saw. `changed`: the fields that were edited since,
    with their present values."""

    album: Album
    changed: Mapping[str, str]


@dataclass(frozen=True)
class Added:
    """What became of each image: now in the album, there before, or none of the owner's that people see."""

    added: Sequence[UUID]
    present: Sequence[UUID]
    unknown: Sequence[UUID]


@dataclass(frozen=True)
class AlbumImages:
    """Images in the album's order; `next` is the place to go on from, None at the end."""

    items: Sequence[Image]
    next: int | None


@dataclass(frozen=True)
class Place:
    """Where images go in an album's order: beside `anchor`, or without one at the end (`after`) or at the start."""

    after: bool
    anchor: UUID | None = None


START, END = Place(after=False), Place(after=True)


class Albums(Protocol):
    """Each method is one transaction. Every one raises CatalogueUnavailable when the database can't be used; whether
    something was changed can't be told then, but repeating it does no harm.

    What changes an album answers None for one that does not exist or is somebody else's. An owner has no two albums of
    the same title. Only an owner's own images come into an album, each once; adding what is there leaves it where it
    is. What was taken back is in no answer, and where it was after an undo; its place counts until it is erased.

    `edit` wants the album to be at one of the versions `seen`, None for whichever stands. `move` brings those of the
    images that are in the album to a place, in the order of the ids, and says how many that were; an anchor among them
    counts as not in it. `beside` is the image that people see next to one in the album. `holds` counts what was taken
    back too, until it is erased. `of_user` and `holding` go back in time, from the id `before` or the newest.
    """

    def create(self, owner: UUID, username: str, title: str, description: str) -> Album | AlbumFault: ...
    def find(self, album_id: UUID) -> Album | None: ...
    def titled(self, owner: UUID, title: str) -> Album | None: ...
    def of_user(self, username: str, before: UUID | None, limit: int) -> list[Album]: ...
    def holding(self, image_id: UUID, limit: int) -> list[Album]: ...
    def holds(self, album_id: UUID, image_id: UUID) -> bool: ...
    def images(self, album_id: UUID, after: int | None, limit: int) -> AlbumImages: ...
    def beside(self, album_id: UUID, image_id: UUID, *, after: bool) -> UUID | None: ...
    def edit(
        self, album_id: UUID, owner: UUID, seen: Collection[int] | None, changes: AlbumChanges
    ) -> Album | AlbumConflict | AlbumFault | None: ...
    def delete(self, album_id: UUID, owner: UUID) -> bool: ...
    def add(self, album_id: UUID, owner: UUID, image_ids: Sequence[UUID]) -> Added | AlbumFault | None: ...
    def remove(self, album_id: UUID, owner: UUID, image_ids: Sequence[UUID]) -> int | None: ...
    def move(
        self, album_id: UUID, owner: UUID, image_ids: Sequence[UUID], place: Place
    ) -> int | AlbumFault | None: ...

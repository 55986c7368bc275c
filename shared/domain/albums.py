"""Albums: an owner's images in an order of their choice, under a title."""

import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from shared.domain.limits import clean_alt, clean_caption

MAX_TITLE_CHARACTERS = 100
MAX_DESCRIPTION_CHARACTERS = 2000
MAX_ALBUM_IMAGES = 10_000
MAX_IMAGES_AT_ONCE = 1000  # added, removed or moved by one call
FIELDS = ("title", "description", "cover")


@dataclass(frozen=True)
class Album:
    """An album as people see it. `cover`: the image that its owner chose to stand for it, if any; `face`: the one that
    does, the chosen one or its first, None while people see none in it; `images`: how many they see. `version`: 1 when
    it was made, and one more with each edit. Times are UTC, by the database's clock; `updated_at` counts changes of
    its contents too."""

    id: UUID
    owner: UUID
    username: str
    title: str
    description: str
    cover: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime
    face: UUID | None = None
    images: int = 0


@dataclass(frozen=True)
class AlbumChanges:
    """What is to be otherwise, cleaned and within the limits; None leaves a field as it is."""

    title: str | None = None
    description: str | None = None
    cover: UUID | None = None

    def applied(self, album: Album) -> Album:
        """The next version of the album; the album itself when all is as wanted already."""
        wanted = {name: value for name in FIELDS if (value := getattr(self, name)) is not None}
        edited = replace(album, **wanted)
        return album if edited == album else replace(edited, version=album.version + 1)


def changed_fields(before: Album, after: Album) -> tuple[str, ...]:
    """The names of the fields that differ."""
    return tuple(name for name in FIELDS if getattr(before, name) != getattr(after, name))


def clean_title(text: str) -> str:
    """A title on one line, composed as it is typed most: an owner has no two of the same."""
    return unicodedata.normalize("NFC", clean_alt(text))


def clean_description(text: str) -> str:
    """A description: as a caption is cleaned."""
    return clean_caption(text)

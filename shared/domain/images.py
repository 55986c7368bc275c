"""A published image, and the question «which images?»."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

RECIPE = 1
"""How renditions are made, counted: a change of worker/imaging/render.py by which they come out otherwise adds one."""

PLACEHOLDER_COLUMNS, PLACEHOLDER_ROWS = 4, 3


@dataclass(frozen=True)
class Rendition:
    """A stored object of an image: its key and its size in pixels."""

    key: str
    width: int
    height: int


@dataclass(frozen=True)
class Image:
    """A record. `width`, `height`: pixels as displayed; `sha256` (hex), `size_bytes`: of the stored original; `alt`:
    the owner's alternative text, or empty; `version`: 1 as published, and one more with each edit; `frames`:
    1 for a still image; `placeholder`: the colours of a grid laid over it, three bytes each, row by row from the top,
    empty for images older than that; `tile` is None when the preview is no larger than one, and for images older than
    tiles; `uploaded_sha256` (hex): of the bytes as they were received, None for images older than that; `fingerprint`:
    what it looks like (shared.domain.fingerprints), None for a flat one; `looks_like`: images that its owner had
    then; `hidden`: by a moderator, for all but its owner and moderators; `recipe`: by which its renditions were made, 0
    before recipes were counted; `rendered_at`: when they were made anew, None for those that it was published with."""

    id: UUID
    owner: UUID
    username: str
    filename: str
    caption: str
    hashtags: tuple[str, ...]
    licence: str
    format: str
    content_type: str
    width: int
    height: int
    size_bytes: int
    sha256: str
    colour: str
    original_key: str
    preview: Rendition
    tile: Rendition | None
    thumbnail: Rendition
    uploaded_at: datetime
    published_at: datetime
    alt: str = ""
    frames: int = 1
    placeholder: bytes = b""
    version: int = 1
    uploaded_sha256: str | None = None
    fingerprint: int | None = None
    looks_like: tuple[UUID, ...] = ()
    hidden: bool = False
    recipe: int = 0
    rendered_at: datetime | None = None

    @property
    def rendition_keys(self) -> set[str]:
        """Where its renditions are stored."""
        return {rendition.key for rendition in (self.preview, self.tile, self.thumbnail) if rendition}


@dataclass(frozen=True)
class ImageQuery:
    """All `terms` (kind, text) must match; images older than `before` and not older than `since`, newest first, at
    most `limit`."""

    terms: frozenset[tuple[str, str]] = frozenset()
    before: UUID | None = None
    since: UUID | None = None
    limit: int = 30

"""An album as templates show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from shared.domain.albums import Album
from shared.parts import WebParts
from web.views.image import ImageView


@dataclass(frozen=True)
class AlbumView:
    """An album with its addresses. `cover`: the image that stands for it; None while people see none in it."""

    id: str
    username: str
    title: str
    description: str
    images: int
    cover: ImageView | None
    cover_is_chosen: bool  # and not just the first image
    version: int
    created_at: datetime
    updated_at: datetime
    page_url: str


def album_views(parts: WebParts, albums: Sequence[Album]) -> list[AlbumView]:
    """All of them, with one look at the images."""
    covers = parts.images.find_many([album.face for album in albums if album.face])
    return [
        AlbumView(
            id=str(album.id),
            username=album.username,
            title=album.title,
            description=album.description,
            images=album.images,
            cover=ImageView.of(covers[album.face], parts.media) if album.face in covers else None,
            cover_is_chosen=album.face is not None and album.face == album.cover,
            version=album.version,
            created_at=album.created_at,
            updated_at=album.updated_at,
            page_url=url_for("albums.page", album_id=str(album.id)),
        )
        for album in albums
    ]

"""The tables of albums, in memory: rows written within the caller's transaction."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from shared.adapters.memory.database import Tables
from shared.domain.albums import FIELDS, MAX_ALBUM_IMAGES, Album
from shared.domain.ids import new_upload_id, parse_id
from shared.domain.images import Image
from shared.ports.albums import AlbumFault, Place


def make(
    tables: Tables, owner: UUID, username: str, title: str, description: str, now: datetime
) -> Album | None:
    """A new album; None when its owner has one of this title."""
    if titled(tables, owner, title) is not None:
        return None
    album = Album(new_upload_id(), owner, username, title, description, None, 1, now, now)
    tables.albums[album.id] = album
    tables.album_versions[album.id] = dict.fromkeys(FIELDS, 1)
    tables.album_images[album.id] = ()
    return album


def titled(tables: Tables, owner: UUID, title: str) -> Album | None:
    """The owner's album of this title."""
    return next((a for a in tables.albums.values() if (a.owner, a.title) == (owner, title)), None)


def owned(tables: Tables, album_id: UUID, owner: UUID) -> Album | None:
    """The owner's album."""
    album = tables.albums.get(album_id)
    return album if album is not None and album.owner == owner else None


def put(
    tables: Tables, album_id: UUID, image_ids: Sequence[UUID], place: Place, now: datetime
) -> AlbumFault | None:
    """Put images, in this order, in a place, where they come from elsewhere in the album or are new to it."""
    held = tables.album_images[album_id]
    if place.anchor and (place.anchor in image_ids or place.anchor not in held):
        return AlbumFault.NOT_IN_IT
    if len(set(held) | set(image_ids)) > MAX_ALBUM_IMAGES:
        return AlbumFault.FULL
    others = [i for i in held if i not in set(image_ids)]
    beside = others.index(place.anchor) if place.anchor else None
    at = (len(others) if place.after else 0) if beside is None else beside + place.after
    write(tables, album_id, [*others[:at], *image_ids, *others[at:]], now)
    return None


def write(tables: Tables, album_id: UUID, image_ids: Sequence[UUID], now: datetime) -> None:
    """These are the album's images from now on; a cover that is none of them is no longer one."""
    album = tables.albums[album_id]
    tables.album_images[album_id] = tuple(image_ids)
    tables.albums[album_id] = replace(
        album, cover=album.cover if album.cover in image_ids else None, updated_at=now
    )


def enter(tables: Tables, image: Image, name: str, now: datetime) -> str:
    """Put a new image into the owner's album of this id or title, made if there is none of the title; returns a line
    for the timeline. Workers finish in any order: it comes after the last that was uploaded before it."""
    if known := parse_id(name):
        album = owned(tables, known, image.owner)
    else:
        made = make(tables, image.owner, image.username, name, "", now)
        album = made or titled(tables, image.owner, name)
    if album is None:
        return "not added: there is no such album (any more)"
    older = [i for i in tables.album_images[album.id] if i < image.id]
    place = Place(after=bool(older), anchor=older[-1] if older else None)
    if put(tables, album.id, [image.id], place, now):
        return f"not added: the album has {MAX_ALBUM_IMAGES:,} images"
    return "added"


def forget(tables: Tables, image_id: UUID) -> None:
    """Take an image that is erased out of every album."""
    for album_id, held in tables.album_images.items():
        if image_id in held:
            album = tables.albums[album_id]
            write(tables, album_id, [i for i in held if i != image_id], album.updated_at)

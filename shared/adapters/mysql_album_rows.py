"""The tables of albums and of what is in them: rows written within the caller's transaction, which has locked the
album's row first."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, text

from shared.domain.albums import MAX_ALBUM_IMAGES
from shared.domain.ids import new_upload_id, parse_id
from shared.ports.albums import AlbumFault, Place

GAP = 2**16  # between two images' places: room for as many as one call may bring there

_INSERT = text("""
    INSERT IGNORE INTO albums (id, owner, username, title, description, created_at, updated_at)
    VALUES (:id, :owner, :username, :title, :description, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))""")
_LOCK = text("SELECT * FROM albums WHERE id = :id AND owner = :owner FOR UPDATE")
_LOCK_TITLED = text("SELECT id FROM albums WHERE owner = :owner AND title = :title FOR UPDATE")
_TOUCH = text("UPDATE albums SET updated_at = UTC_TIMESTAMP(6) WHERE id = :id")
_COUNT = text("SELECT COUNT(*) FROM album_images WHERE album_id = :id")
_HELD = text("SELECT image_id FROM album_images WHERE album_id = :id AND image_id IN :images").bindparams(
    bindparam("images", expanding=True)
)
_PUT = text("""
    INSERT INTO album_images (album_id, image_id, place) VALUES (:id, :image, :place)
    ON DUPLICATE KEY UPDATE place = VALUES(place)""")  # one statement for many rows, new or there
_PLACE_OF = text("SELECT place FROM album_images WHERE album_id = :id AND image_id = :image")
_LAST_OLDER = text("""
    SELECT image_id FROM album_images WHERE album_id = :id AND image_id < :image ORDER BY place DESC LIMIT 1""")
_NEIGHBOUR = """
    SELECT {edge}(place) FROM album_images
    WHERE album_id = :id AND place {side} :place AND image_id NOT IN :images"""
_NEXT, _PREVIOUS = (
    text(_NEIGHBOUR.format(edge=edge, side=side)).bindparams(bindparam("images", expanding=True))
    for edge, side in (("MIN", ">"), ("MAX", "<"))
)
_EDGE = text("SELECT MIN(place) AS first, MAX(place) AS last FROM album_images WHERE album_id = :id")
_RENUMBER = text("""
    UPDATE album_images a
    JOIN (SELECT image_id, ROW_NUMBER() OVER (ORDER BY place) AS number FROM album_images WHERE album_id = :id) o
      ON o.image_id = a.image_id
    SET a.place = o.number * :gap WHERE a.album_id = :id""")


def make(c: Connection, owner: UUID, username: str, title: str, description: str = "") -> UUID | None:
    """A new album's id; None when its owner has one of this title, also one that another transaction makes now."""
    album_id = new_upload_id()
    fields = {"id": album_id.bytes, "owner": owner.bytes, "username": username, "title": title}
    return album_id if c.execute(_INSERT, fields | {"description": description}).rowcount else None


def locked(c: Connection, album_id: UUID, owner: UUID) -> Row[Any] | None:
    """The owner's album, for the caller alone to change."""
    return c.execute(_LOCK, {"id": album_id.bytes, "owner": owner.bytes}).one_or_none()


def touch(c: Connection, album_id: UUID) -> None:
    """Its contents are others now."""
    c.execute(_TOUCH, {"id": album_id.bytes})


def held(c: Connection, album_id: UUID, image_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the images that are in the album, taken back or not."""
    if not image_ids:
        return set()
    rows = c.execute(_HELD, {"id": album_id.bytes, "images": [i.bytes for i in image_ids]})
    return {UUID(bytes=r.image_id) for r in rows}


def append(c: Connection, album_id: UUID, image_ids: Sequence[UUID]) -> AlbumFault | None:
    """Put images that are not in the album at its end; all of them, or none when it gets too full."""
    if not image_ids:
        return None
    if _is_full(c, album_id, len(image_ids)):
        return AlbumFault.FULL
    last = c.execute(_EDGE, {"id": album_id.bytes}).one().last or 0
    _write(c, album_id, image_ids, [last + GAP * n for n in range(1, len(image_ids) + 1)])
    touch(c, album_id)
    return None


def move(c: Connection, album_id: UUID, image_ids: Sequence[UUID], place: Place) -> AlbumFault | None:
    """Put images, in this order, in a place, where they come from elsewhere in the album or are new to it."""
    if place.anchor and (place.anchor in image_ids or not held(c, album_id, [place.anchor])):
        return AlbumFault.NOT_IN_IT
    if not image_ids:
        return None
    places = _free(c, album_id, image_ids, place)
    if places is None:
        c.execute(_RENUMBER, {"id": album_id.bytes, "gap": GAP})
        places = _free(c, album_id, image_ids, place) or []
    _write(c, album_id, image_ids, places)
    touch(c, album_id)
    return None


def enter(c: Connection, image_id: UUID, owner: UUID, username: str, album: str) -> str:
    """Put a new image into the owner's album of this id or title, made if there is none of the title; returns a line
    for the timeline. Workers finish in any order: it comes after the last that was uploaded before it."""
    album_id = parse_id(album)
    if album_id is None:
        album_id = _locked_or_made(c, owner, username, album)
    elif locked(c, album_id, owner) is None:
        return "not added: there is no such album (any more)"
    if _is_full(c, album_id, 1):
        return f"not added: the album has {MAX_ALBUM_IMAGES:,} images"
    older = c.execute(_LAST_OLDER, {"id": album_id.bytes, "image": image_id.bytes}).scalar()
    move(c, album_id, [image_id], Place(after=older is not None, anchor=UUID(bytes=older) if older else None))
    return "added"


def _locked_or_made(c: Connection, owner: UUID, username: str, title: str) -> UUID:
    titled = {"owner": owner.bytes, "title": title}
    # Looked for first: whoever is kept from making it would share a lock on it, and two of those are a deadlock.
    found = c.execute(_LOCK_TITLED, titled).scalar()
    if found is None:
        make(c, owner, username, title)
        found = c.execute(_LOCK_TITLED, titled).scalar_one()
    return UUID(bytes=found)


def forget(c: Connection, image_id: UUID) -> None:
    """Take an image that is erased out of every album."""
    fields = {"image": image_id.bytes}
    cover = "UPDATE albums a JOIN album_images m ON m.album_id = a.id SET a.cover = NULL WHERE m.image_id = :image"
    c.execute(text(f"{cover} AND a.cover = :image"), fields)
    c.execute(text("DELETE FROM album_images WHERE image_id = :image"), fields)


def forget_all(c: Connection, owner: UUID) -> None:
    """No album of the owner's is left."""
    for statement in (
        "DELETE m FROM album_images m JOIN albums a ON a.id = m.album_id WHERE a.owner = :owner",
        "DELETE FROM albums WHERE owner = :owner",
    ):
        c.execute(text(statement), {"owner": owner.bytes})


def _is_full(c: Connection, album_id: UUID, more: int) -> bool:
    return int(c.execute(_COUNT, {"id": album_id.bytes}).scalar_one()) + more > MAX_ALBUM_IMAGES


def _free(c: Connection, album_id: UUID, image_ids: Sequence[UUID], place: Place) -> list[int] | None:
    """Places for so many images, evenly in the gap; None when it is too narrow."""
    fields: dict[str, Any] = {"id": album_id.bytes, "images": [i.bytes for i in image_ids]}
    count = len(image_ids)
    if place.anchor is None:
        edge = c.execute(_EDGE, {"id": album_id.bytes}).one()
        if place.after:
            return [(edge.last or 0) + GAP * n for n in range(1, count + 1)]
        return [(edge.first or 0) - GAP * n for n in range(count, 0, -1)]
    beside = c.execute(_PLACE_OF, {"id": album_id.bytes, "image": place.anchor.bytes}).scalar_one()
    beyond = c.execute(_NEXT if place.after else _PREVIOUS, fields | {"place": beside}).scalar()
    if beyond is None:
        beyond = beside + GAP * (count + 1) * (1 if place.after else -1)
    low, high = sorted((beside, beyond))
    step = (high - low) // (count + 1)
    return [low + step * n for n in range(1, count + 1)] if step else None


def _write(c: Connection, album_id: UUID, image_ids: Sequence[UUID], places: Sequence[int]) -> None:
    rows = [
        {"id": album_id.bytes, "image": image_id.bytes, "place": place}
        for image_id, place in zip(image_ids, places, strict=True)
    ]
    c.execute(_PUT, rows)

"""Albums in MySQL. What changes one holds its row's lock; what reads looks at images that people see alone."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, text
from sqlalchemy.exc import IntegrityError

from shared.adapters import mysql_album_rows as rows
from shared.adapters.mysql import Database, utc
from shared.adapters.mysql_image_rows import SHOWN, load
from shared.domain.albums import FIELDS, Album, AlbumChanges, changed_fields
from shared.ports.albums import Added, AlbumConflict, AlbumFault, AlbumImages, Place

# The join begins with the album's rows, whatever the statistics say: an album is small beside all images.
_SEEN = f"""
    FROM album_images m STRAIGHT_JOIN images i ON i.id = m.image_id
    WHERE m.album_id = a.id AND {SHOWN}"""
_ALBUMS = f"""
    SELECT a.id, a.owner, a.username, a.title, a.description, a.cover, a.version, a.created_at, a.updated_at,
           (SELECT COUNT(*) {_SEEN}) AS images,
           COALESCE((SELECT i.id {_SEEN} AND m.image_id = a.cover),
                    (SELECT i.id {_SEEN} ORDER BY m.place LIMIT 1)) AS face
    FROM albums a"""  # noqa: S608 -- constants
_FIND = text(f"{_ALBUMS} WHERE a.id = :id")
_TITLED = text(f"{_ALBUMS} WHERE a.owner = :owner AND a.title = :title")
_OF_USER = text(f"{_ALBUMS} WHERE a.username = :username AND a.id < :before ORDER BY a.id DESC LIMIT :limit")
_HOLDING = text(f"""
    {_ALBUMS} JOIN album_images h ON h.album_id = a.id
    WHERE h.image_id = :image ORDER BY a.id DESC LIMIT :limit""")
_IMAGES = text(f"""
    SELECT m.image_id, m.place FROM album_images m STRAIGHT_JOIN images i ON i.id = m.image_id
    WHERE m.album_id = :id AND m.place > :after AND {SHOWN} ORDER BY m.place LIMIT :limit""")  # noqa: S608 -- constant
_BESIDE = f"""
    SELECT m.image_id FROM album_images here
    STRAIGHT_JOIN album_images m ON m.album_id = here.album_id AND m.place {{side}} here.place
    STRAIGHT_JOIN images i ON i.id = m.image_id
    WHERE here.album_id = :id AND here.image_id = :image AND {SHOWN}
    ORDER BY m.place {{order}} LIMIT 1"""  # noqa: S608 -- constant
_AFTER, _BEFORE = (text(_BESIDE.format(side=s, order=o)) for s, o in ((">", "ASC"), ("<", "DESC")))
# Locked, so that none of them is erased until it is in the album.
_OWN = text(f"""
    SELECT id FROM images WHERE id IN :images AND owner = :owner AND {SHOWN}
    LOCK IN SHARE MODE""").bindparams(bindparam("images", expanding=True))  # noqa: S608 -- constant
_REMOVE, _NO_COVER = (
    text(statement).bindparams(bindparam("images", expanding=True))
    for statement in (
        "DELETE FROM album_images WHERE album_id = :id AND image_id IN :images",
        "UPDATE albums SET cover = NULL WHERE id = :id AND cover IN :images",
    )
)
_BEFORE_ALL, _AFTER_ALL = -(2**63), b"\xff" * 16


class MySqlAlbums:
    """Implements shared.ports.albums.Albums."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def create(self, owner: UUID, username: str, title: str, description: str) -> Album | AlbumFault:
        """A new album, unless the owner has one of this title."""

        def work(c: Connection) -> Album | AlbumFault:
            made = rows.make(c, owner, username, title, description)
            return _the(c, made) if made else AlbumFault.TITLE_TAKEN

        return self._db.transact(work)

    def find(self, album_id: UUID) -> Album | None:
        """One album, or None."""
        return next(iter(self._read(_FIND, {"id": album_id.bytes})), None)

    def titled(self, owner: UUID, title: str) -> Album | None:
        """The owner's album of this title, or None."""
        return next(iter(self._read(_TITLED, {"owner": owner.bytes, "title": title})), None)

    def of_user(self, username: str, before: UUID | None, limit: int) -> list[Album]:
        """A person's albums, newest first."""
        start = before.bytes if before else _AFTER_ALL
        return self._read(_OF_USER, {"username": username, "before": start, "limit": limit})

    def holding(self, image_id: UUID, limit: int) -> list[Album]:
        """The albums that an image is in, newest first."""
        return self._read(_HOLDING, {"image": image_id.bytes, "limit": limit})

    def holds(self, album_id: UUID, image_id: UUID) -> bool:
        """Whether the image is in the album."""
        with self._db.connect() as c:
            return bool(rows.held(c, album_id, [image_id]))

    def _read(self, query: Any, values: Mapping[str, object]) -> list[Album]:
        with self._db.connect() as c:
            return [_album(row) for row in c.execute(query, values)]

    def images(self, album_id: UUID, after: int | None, limit: int) -> AlbumImages:
        """What people see of the album's images, in its order."""
        start = _BEFORE_ALL if after is None else after
        with self._db.connect() as c:
            found = c.execute(_IMAGES, {"id": album_id.bytes, "after": start, "limit": limit + 1}).all()
            shown = found[:limit]
            records = {image.id: image for image in load(c, [r.image_id for r in shown])}
        items = [records[i] for r in shown if (i := UUID(bytes=r.image_id)) in records]
        return AlbumImages(items, shown[-1].place if len(found) > limit else None)

    def beside(self, album_id: UUID, image_id: UUID, *, after: bool) -> UUID | None:
        """The neighbour in the order, or None at its end."""
        query = _AFTER if after else _BEFORE
        with self._db.connect() as c:
            found = c.execute(query, {"id": album_id.bytes, "image": image_id.bytes}).scalar()
        return UUID(bytes=found) if found else None

    def edit(
        self, album_id: UUID, owner: UUID, seen: Collection[int] | None, changes: AlbumChanges
    ) -> Album | AlbumConflict | AlbumFault | None:
        """Words and cover in one transaction."""

        def work(c: Connection) -> Album | AlbumConflict | AlbumFault | None:
            row = rows.locked(c, album_id, owner)
            if row is None:
                return None
            before = _the(c, album_id)
            if seen is not None and row.version not in seen:
                return AlbumConflict(before, _changed_since(row, before, seen))
            after = changes.applied(before)
            if after.cover and after.cover != before.cover and not _sees(c, album_id, owner, after.cover):
                return AlbumFault.NOT_IN_IT
            if after is not before:
                _change(c, before, after)
            return _the(c, album_id)

        try:
            return self._db.transact(work)
        except IntegrityError:  # of the one unique key that an edit can touch
            return AlbumFault.TITLE_TAKEN

    def delete(self, album_id: UUID, owner: UUID) -> bool:
        """The album is gone, its images stay; False when it isn't the owner's."""

        def work(c: Connection) -> bool:
            if rows.locked(c, album_id, owner) is None:
                return False
            for statement in (
                "DELETE FROM album_images WHERE album_id = :id",
                "DELETE FROM albums WHERE id = :id",
            ):
                c.execute(text(statement), {"id": album_id.bytes})
            return True

        return self._db.transact(work)

    def add(self, album_id: UUID, owner: UUID, image_ids: Sequence[UUID]) -> Added | AlbumFault | None:
        """Put the owner's images at its end, in this order; all that are new to it, or none."""
        wanted = list(dict.fromkeys(image_ids))

        def work(c: Connection) -> Added | AlbumFault | None:
            if rows.locked(c, album_id, owner) is None:
                return None
            own = _own(c, owner, wanted)
            present = rows.held(c, album_id, wanted) & own
            added = [i for i in wanted if i in own - present]
            if fault := rows.append(c, album_id, added):
                return fault
            return Added(
                added, [i for i in wanted if i in present], [i for i in wanted if i not in own | present]
            )

        return self._db.transact(work)

    def remove(self, album_id: UUID, owner: UUID, image_ids: Sequence[UUID]) -> int | None:
        """Take images out of it; how many were in it."""
        fields = {"id": album_id.bytes, "images": [i.bytes for i in image_ids]}

        def work(c: Connection) -> int | None:
            if rows.locked(c, album_id, owner) is None:
                return None
            if removed := c.execute(_REMOVE, fields).rowcount:
                c.execute(_NO_COVER, fields)
                rows.touch(c, album_id)
            return removed

        return self._db.transact(work)

    def move(
        self, album_id: UUID, owner: UUID, image_ids: Sequence[UUID], place: Place
    ) -> int | AlbumFault | None:
        """Bring images of the album to a place in its order."""

        def work(c: Connection) -> int | AlbumFault | None:
            if rows.locked(c, album_id, owner) is None:
                return None
            there = rows.held(c, album_id, image_ids)
            moved = [i for i in dict.fromkeys(image_ids) if i in there]
            return rows.move(c, album_id, moved, place) or len(moved)

        return self._db.transact(work)


def _own(c: Connection, owner: UUID, image_ids: Sequence[UUID]) -> set[UUID]:
    if not image_ids:
        return set()
    found = c.execute(_OWN, {"owner": owner.bytes, "images": [i.bytes for i in image_ids]})
    return {UUID(bytes=r.id) for r in found}


def _sees(c: Connection, album_id: UUID, owner: UUID, image_id: UUID) -> bool:
    return bool(rows.held(c, album_id, [image_id]) and _own(c, owner, [image_id]))


def _the(c: Connection, album_id: UUID) -> Album:
    return _album(c.execute(_FIND, {"id": album_id.bytes}).one())


def _changed_since(row: Row[Any], album: Album, seen: Collection[int]) -> dict[str, str]:
    last_seen = max((version for version in seen if version < row.version), default=0)
    versions = row._mapping
    changed = [name for name in FIELDS if versions[f"{name}_version"] > last_seen]
    return {name: str(getattr(album, name) or "") for name in changed}


def _change(c: Connection, before: Album, after: Album) -> None:
    fields = changed_fields(before, after)
    values: dict[str, Any] = {name: getattr(after, name) for name in fields}
    if "cover" in values:
        values["cover"] = values["cover"].bytes
    settings = ", ".join(f"{name} = :{name}, {name}_version = :version" for name in fields)
    update = f"UPDATE albums SET version = :version, updated_at = UTC_TIMESTAMP(6), {settings} WHERE id = :id"  # noqa: S608 -- names of ours
    c.execute(text(update), values | {"id": after.id.bytes, "version": after.version})


def _album(row: Row[Any]) -> Album:
    return Album(
        id=UUID(bytes=row.id),
        owner=UUID(bytes=row.owner),
        username=row.username,
        title=row.title,
        description=row.description,
        cover=UUID(bytes=row.cover) if row.cover else None,
        version=row.version,
        created_at=utc(row.created_at),
        updated_at=utc(row.updated_at),
        face=UUID(bytes=row.face) if row.face else None,
        images=int(row.images),
    )

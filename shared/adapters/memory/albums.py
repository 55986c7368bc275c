"""Albums in memory."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from shared.adapters.memory import album_rows
from shared.adapters.memory.database import MemoryDatabase, Tables
from shared.adapters.memory.image_rows import shown
from shared.domain.albums import FIELDS, Album, AlbumChanges, changed_fields
from shared.ports.albums import END, Added, AlbumConflict, AlbumFault, AlbumImages, Place


class MemoryAlbums:
    """Implements shared.ports.albums.Albums."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def create(self, owner: UUID, username: str, title: str, description: str) -> Album | AlbumFault:
        """A new album, unless the owner has one of this title."""
        with self._db.transaction() as tables:
            made = album_rows.make(tables, owner, username, title, description, self._db.now())
            return made or AlbumFault.TITLE_TAKEN

    def find(self, album_id: UUID) -> Album | None:
        """One album, or None."""
        tables = self._db.read()
        found = tables.albums.get(album_id)
        return _seen(tables, found) if found else None

    def titled(self, owner: UUID, title: str) -> Album | None:
        """The owner's album of this title, or None."""
        tables = self._db.read()
        found = album_rows.titled(tables, owner, title)
        return _seen(tables, found) if found else None

    def of_user(self, username: str, before: UUID | None, limit: int) -> list[Album]:
        """A person's albums, newest first."""
        tables = self._db.read()
        own = (a for a in tables.albums.values() if a.username == username)
        return _newest(tables, (a for a in own if before is None or a.id < before))[:limit]

    def holding(self, image_id: UUID, limit: int) -> list[Album]:
        """The albums that an image is in, newest first."""
        tables = self._db.read()
        held = (a for a in tables.albums.values() if image_id in tables.album_images[a.id])
        return _newest(tables, held)[:limit]

    def holds(self, album_id: UUID, image_id: UUID) -> bool:
        """Whether the image is in the album."""
        return image_id in self._db.read().album_images.get(album_id, ())

    def images(self, album_id: UUID, after: int | None, limit: int) -> AlbumImages:
        """What people see of the album's images, in its order."""
        tables = self._db.read()
        seen = shown(tables)
        start = -1 if after is None else after
        held = enumerate(tables.album_images.get(album_id, ()))
        found = [(place, seen[i]) for place, i in held if place > start and i in seen]
        more = len(found) > limit
        return AlbumImages([image for _, image in found[:limit]], found[limit - 1][0] if more else None)

    def beside(self, album_id: UUID, image_id: UUID, *, after: bool) -> UUID | None:
        """The neighbour in the order, or None at its end."""
        tables = self._db.read()
        held, seen = tables.album_images.get(album_id, ()), shown(tables)
        if image_id not in held:
            return None
        at = held.index(image_id)
        beyond = held[at + 1 :] if after else held[:at][::-1]
        return next((i for i in beyond if i in seen), None)

    def edit(
        self, album_id: UUID, owner: UUID, seen: Collection[int] | None, changes: AlbumChanges
    ) -> Album | AlbumConflict | AlbumFault | None:
        """Words and cover in one transaction."""
        with self._db.transaction() as tables:
            before = album_rows.owned(tables, album_id, owner)
            if before is None:
                return None
            if seen is not None and before.version not in seen:
                return AlbumConflict(_seen(tables, before), _changed_since(tables, before, seen))
            after = changes.applied(before)
            changed = changed_fields(before, after)
            if "title" in changed and album_rows.titled(tables, owner, after.title):
                return AlbumFault.TITLE_TAKEN
            if "cover" in changed and after.cover not in _visible(tables, album_id):
                return AlbumFault.NOT_IN_IT
            if changed:
                versions = tables.album_versions[album_id]
                tables.album_versions[album_id] = {**versions, **dict.fromkeys(changed, after.version)}
                tables.albums[album_id] = replace(after, updated_at=self._db.now())
            return _seen(tables, tables.albums[album_id])

    def delete(self, album_id: UUID, owner: UUID) -> bool:
        """The album is gone, its images stay; False when it isn't the owner's."""
        with self._db.transaction() as tables:
            if album_rows.owned(tables, album_id, owner) is None:
                return False
            for table in (tables.albums, tables.album_versions, tables.album_images):
                del table[album_id]
            return True

    def add(self, album_id: UUID, owner: UUID, image_ids: Sequence[UUID]) -> Added | AlbumFault | None:
        """Put the owner's images at its end, in this order; all that are new to it, or none."""
        wanted = list(dict.fromkeys(image_ids))
        with self._db.transaction() as tables:
            if album_rows.owned(tables, album_id, owner) is None:
                return None
            seen = shown(tables)
            own = {i for i in wanted if i in seen and seen[i].owner == owner}
            present = own & set(tables.album_images[album_id])
            added = [i for i in wanted if i in own - present]
            if added and (fault := album_rows.put(tables, album_id, added, END, self._db.now())):
                return fault
            return Added(added, [i for i in wanted if i in present], [i for i in wanted if i not in own])

    def remove(self, album_id: UUID, owner: UUID, image_ids: Sequence[UUID]) -> int | None:
        """Take images out of it; how many were in it."""
        with self._db.transaction() as tables:
            if album_rows.owned(tables, album_id, owner) is None:
                return None
            held = tables.album_images[album_id]
            left = [i for i in held if i not in set(image_ids)]
            if len(left) < len(held):
                album_rows.write(tables, album_id, left, self._db.now())
            return len(held) - len(left)

    def move(
        self, album_id: UUID, owner: UUID, image_ids: Sequence[UUID], place: Place
    ) -> int | AlbumFault | None:
        """Bring images of the album to a place in its order."""
        with self._db.transaction() as tables:
            if album_rows.owned(tables, album_id, owner) is None:
                return None
            there = set(tables.album_images[album_id])
            moved = [i for i in dict.fromkeys(image_ids) if i in there]
            return album_rows.put(tables, album_id, moved, place, self._db.now()) or len(moved)


def _visible(tables: Tables, album_id: UUID) -> list[UUID]:
    seen = shown(tables)
    return [i for i in tables.album_images[album_id] if i in seen]


def _seen(tables: Tables, album: Album) -> Album:
    visible = _visible(tables, album.id)
    first = visible[0] if visible else None
    return replace(album, face=album.cover if album.cover in visible else first, images=len(visible))


def _newest(tables: Tables, albums: Iterable[Album]) -> list[Album]:
    return [_seen(tables, a) for a in sorted(albums, key=lambda a: a.id, reverse=True)]


def _changed_since(tables: Tables, album: Album, seen: Collection[int]) -> dict[str, str]:
    last_seen = max((version for version in seen if version < album.version), default=0)
    versions = tables.album_versions[album.id]
    return {name: str(getattr(album, name) or "") for name in FIELDS if versions[name] > last_seen}

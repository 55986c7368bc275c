"""An album of a thousand images costs few statements, and one that is moved costs one row."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, create_engine, event, text

from local.stack import Stack
from shared.adapters.mysql import FOR_WORK, Database
from shared.adapters.mysql_albums import MySqlAlbums
from shared.adapters.mysql_ingest_log import MySqlIngestLog
from shared.domain.albums import MAX_IMAGES_AT_ONCE, Album
from shared.domain.ids import new_upload_id
from shared.ports.albums import END, START, Added, Place
from tests.contract.uploads import new_manifest, publish


@contextmanager
def statements() -> Iterator[list[tuple[str, int]]]:
    """What every engine is asked meanwhile, and how many rows it says that concerns."""
    asked: list[tuple[str, int]] = []

    def note(_c: Any, cursor: Any, statement: str, _p: Any, _x: Any, _many: bool) -> None:
        asked.append((statement, cursor.rowcount))

    event.listen(Engine, "after_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "after_cursor_execute", note)


@pytest.fixture
def database(stack: Stack) -> Iterator[Database]:
    made = Database(stack.env["DATABASE_URL"], FOR_WORK, pool_size=2)
    yield made
    made.close()


def copies(url: str, upload_id: UUID, count: int) -> list[UUID]:
    """A published image as often as asked. That many by the pipeline's own calls take half a minute."""
    ids, engine = [new_upload_id() for _ in range(count)], create_engine(url)
    with engine.begin() as c:
        [row] = c.execute(text("SELECT * FROM images WHERE id = :id"), {"id": upload_id.bytes}).mappings()
        names, values = ", ".join(f"`{name}`" for name in row), ", ".join(f":{name}" for name in row)
        c.execute(
            text(f"INSERT INTO images ({names}) VALUES ({values})"),
            [dict(row) | {"id": copy.bytes} for copy in ids],
        )
    engine.dispose()
    return ids


def test_a_thousand_images_are_added_shown_and_moved_by_few_statements(
    database: Database, stack: Stack
) -> None:
    albums, ann = MySqlAlbums(database), uuid4()
    manifest = new_manifest(owner=ann, username=f"a{ann.hex[:9]}")
    publish(MySqlIngestLog(database), manifest)
    others = copies(stack.env["MIGRATIONS_DATABASE_URL"], manifest.upload_id, MAX_IMAGES_AT_ONCE - 1)
    images = [manifest.upload_id, *others]
    album = albums.create(ann, f"a{ann.hex[:9]}", "Boats", "")
    assert isinstance(album, Album)

    with statements() as adding:
        assert albums.add(album.id, ann, images) == Added(images, [], [])
    assert len(adding) <= 8, adding
    with statements() as showing:
        page = albums.images(album.id, None, 30)
        found = albums.find(album.id)
    assert found is not None
    assert ([i.id for i in page.items], found.images, found.face) == (images[:30], 1000, images[0])
    assert len(showing) == 3, showing

    with statements() as moving:
        albums.move(album.id, ann, [images[500]], Place(after=True, anchor=images[0]))
    written = [rows for statement, rows in moving if "INTO album_images" in statement]
    assert written == [2], "one row that changes counts as two"
    assert len(moving) <= 7, moving
    assert [i.id for i in albums.images(album.id, None, 3).items] == [images[0], images[500], images[1]]
    # All of it, into one gap, which is made wide enough first.
    others = [i for i in images if i not in (images[0], images[1])]
    for _ in range(3):
        albums.move(album.id, ann, others, Place(after=True, anchor=images[0]))
    assert [i.id for i in albums.images(album.id, None, 1000).items] == [images[0], *others, images[1]]
    albums.move(album.id, ann, [images[1]], START)
    albums.move(album.id, ann, [images[0]], END)
    assert [i.id for i in albums.images(album.id, None, 1000).items] == [images[1], *others, images[0]]

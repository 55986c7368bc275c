"""A database with an older schema and rows in it comes to the newest one, and what its rows meant is kept."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

import shared.migrations
from local.stack import Stack
from shared.adapters.mysql import FOR_WORK, Database
from shared.adapters.mysql_editing import MySqlEditing
from shared.adapters.mysql_images import MySqlImages
from shared.domain.dimensions import ORIENTATIONS, SIZES
from shared.domain.editing import Grant
from shared.domain.images import ImageQuery
from shared.domain.terms import ORIENTATION, SIZE, terms_of
from shared.migrations.__main__ import upgrade

PUBLISHED_AT = datetime(2026, 1, 2, 3, 4, 5, 600_000, tzinfo=UTC)


def test_what_the_first_release_published_is_found_as_if_published_today(stack: Stack) -> None:
    # Given a database as the first release left it, with an image
    name, image_id = f"portal_{uuid4().hex[:8]}", uuid4()
    server = make_url(stack.env["MIGRATIONS_DATABASE_URL"])
    url = server.set(database=name).render_as_string(hide_password=False)
    owning, engine = create_engine(server), create_engine(url)
    with owning.begin() as c:
        c.execute(text(f"CREATE DATABASE {name}"))
    config = Config()
    config.set_main_option("script_location", str(Path(shared.migrations.__file__).parent))
    config.attributes["database_url"] = url
    command.upgrade(config, "0001")
    row = {
        **dict.fromkeys(("width", "height", "size_bytes", "preview_width", "preview_height"), 4),
        **dict.fromkeys(("thumbnail_width", "thumbnail_height"), 4),
        **dict.fromkeys(("original_key", "preview_key", "thumbnail_key", "filename"), "x"),
        "id": image_id.bytes,
        "owner": uuid4().bytes,
        "username": "ann",
        "caption": "A #boat",
        "licence": "cc-by",
        "format": "jpeg",
        "content_type": "image/jpeg",
        "sha256": b"x" * 32,
        "colour": "#102030",
        **dict.fromkeys(("uploaded_at", "published_at"), PUBLISHED_AT.replace(tzinfo=None)),
    }
    shapes = [
        (6000, 4000),
        (100, 104),
        (104, 100),
        (100, 106),
        (1000, 2200),
        (2000, 1000),
        (4000, 3000),
        (5000, 1),
    ]
    shaped = {uuid4(): shape for shape in shapes}
    rows = [
        row,
        *(row | {"id": i.bytes, "width": width, "height": height} for i, (width, height) in shaped.items()),
    ]
    with engine.begin() as c:
        columns, values = ", ".join(row), ", ".join(f":{column}" for column in row)
        c.execute(text(f"INSERT INTO images ({columns}) VALUES ({values})"), rows)
    # When it is migrated, twice as two deploying instances do
    for _ in range(2):
        upgrade(url)
    # Then the image is as it was
    database = Database(url, FOR_WORK)
    image = MySqlImages(database).find(image_id)
    assert image is not None
    assert (image.caption, image.licence, image.alt, image.version) == ("A #boat", "cc-by", "", 1)
    assert MySqlEditing(database).grants(image_id) == [Grant(1, "cc-by", PUBLISHED_AT)]
    for other, size in shaped.items():
        wanted = {term for term in terms_of("", "", "", "cc-by", *size) if term[0] in (ORIENTATION, SIZE)}
        for term in wanted | {(ORIENTATION, shape) for shape in ORIENTATIONS} | {(SIZE, s) for s in SIZES}:
            page = MySqlImages(database).search(ImageQuery(frozenset({term})))
            assert (other in [i.id for i in page.items]) is (term in wanted), (size, term)
    database.close()
    engine.dispose()
    with owning.begin() as c:
        c.execute(text(f"DROP DATABASE {name}"))
    owning.dispose()

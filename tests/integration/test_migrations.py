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
from shared.domain.editing import Grant
from shared.migrations.__main__ import upgrade

PUBLISHED_AT = datetime(2026, 1, 2, 3, 4, 5, 600_000, tzinfo=UTC)


def test_what_was_published_before_edits_is_at_version_1_with_its_licence_granted_at_publishing(
    stack: Stack,
) -> None:
    # Given a database as the first release left it, with an image
    name, image_id = f"portal_{uuid4().hex[:8]}", uuid4()
    server = make_url(stack.env["DATABASE_URL"])
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
    with engine.begin() as c:
        columns, values = ", ".join(row), ", ".join(f":{column}" for column in row)
        c.execute(text(f"INSERT INTO images ({columns}) VALUES ({values})"), row)
    # When it is migrated, twice as two deploying instances do
    for _ in range(2):
        upgrade(url)
    # Then the image is as it was
    database = Database(url, FOR_WORK)
    image = MySqlImages(database).find(image_id)
    assert image is not None
    assert (image.caption, image.licence, image.alt, image.version) == ("A #boat", "cc-by", "", 1)
    assert MySqlEditing(database).grants(image_id) == [Grant(1, "cc-by", PUBLISHED_AT)]
    database.close()
    engine.dispose()
    with owning.begin() as c:
        c.execute(text(f"DROP DATABASE {name}"))
    owning.dispose()

"""Albums: an owner's images in an order of their choice."""

from alembic import op

revision = "0010"
down_revision = "0009"

TABLE = "ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"

ALBUMS = f"""
CREATE TABLE albums (
  id BINARY(16) NOT NULL,
  owner BINARY(16) NOT NULL,
  username VARCHAR(30) NOT NULL,
  title VARCHAR(100) NOT NULL,
  description TEXT NOT NULL,
  cover BINARY(16) NULL,
  version INT NOT NULL DEFAULT 1,
  title_version INT NOT NULL DEFAULT 1,
  description_version INT NOT NULL DEFAULT 1,
  cover_version INT NOT NULL DEFAULT 1,
  created_at DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY one_of_a_title (owner, title),
  KEY of_user (username, id)
) {TABLE}"""

# Places leave gaps, so that moving an image writes its row alone.
ALBUM_IMAGES = f"""
CREATE TABLE album_images (
  album_id BINARY(16) NOT NULL,
  image_id BINARY(16) NOT NULL,
  place BIGINT NOT NULL,
  PRIMARY KEY (album_id, image_id),
  KEY in_order (album_id, place),
  KEY of_image (image_id)
) {TABLE}"""


def upgrade() -> None:
    """Create the tables."""
    for statement in (ALBUMS, ALBUM_IMAGES):
        op.execute(statement)

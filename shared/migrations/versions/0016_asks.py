"""People ask the owners of images for more than the licence grants."""

from alembic import op

revision = "0016"
down_revision = "0015"

ASKS = """
CREATE TABLE asks (
  id BINARY(16) NOT NULL,
  image_id BINARY(16) NOT NULL,
  asker BINARY(16) NOT NULL,
  asker_name VARCHAR(30) NOT NULL,
  owner BINARY(16) NOT NULL,
  owner_name VARCHAR(30) NOT NULL,
  text TEXT NOT NULL,
  at DATETIME(6) NOT NULL,
  granted BOOLEAN NULL,
  answer TEXT NULL,
  answered_at DATETIME(6) NULL,
  PRIMARY KEY (id),
  KEY of_image (image_id, asker, id),
  KEY of_asker (asker, id),
  KEY of_owner (owner, id),
  KEY waiting (owner, answered_at)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"""


def upgrade() -> None:
    """Create the table."""
    op.execute(ASKS)

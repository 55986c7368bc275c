"""Images can be edited: alternative text, versions, and which licence was granted when."""

from alembic import op

revision = "0003"
down_revision = "0002"

# The version at which each field was last changed tells an owner what happened since the version that they saw.
IMAGES = """
ALTER TABLE images
  ADD COLUMN alt VARCHAR(1000) NOT NULL DEFAULT '',
  ADD COLUMN version INT NOT NULL DEFAULT 1,
  ADD COLUMN caption_version INT NOT NULL DEFAULT 1,
  ADD COLUMN alt_version INT NOT NULL DEFAULT 1,
  ADD COLUMN licence_version INT NOT NULL DEFAULT 1"""

LICENCE_HISTORY = """
CREATE TABLE licence_history (
  image_id BINARY(16) NOT NULL,
  version INT NOT NULL,
  licence VARCHAR(30) NOT NULL,
  at DATETIME(6) NOT NULL,
  PRIMARY KEY (image_id, version)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"""

# What is published has had one licence so far.
FIRST_GRANTS = """
INSERT INTO licence_history (image_id, version, licence, at)
SELECT id, 1, licence, published_at FROM images"""


def upgrade() -> None:
    """Add the columns and the table, and write down what was granted so far."""
    for statement in (IMAGES, LICENCE_HISTORY, FIRST_GRANTS):
        op.execute(statement)

"""Each download of an original is written down: who took which bytes, under which licence, when."""

from alembic import op

revision = "0009"
down_revision = "0008"

DOWNLOADS = """
CREATE TABLE downloads (
  id BINARY(16) NOT NULL,
  taker BINARY(16) NOT NULL,
  username VARCHAR(30) NOT NULL,
  image_id BINARY(16) NOT NULL,
  shared_by VARCHAR(30) NOT NULL,
  sha256 BINARY(32) NOT NULL,
  size_bytes BIGINT NOT NULL,
  licence VARCHAR(30) NOT NULL,
  version INT NOT NULL,
  at DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  KEY of_taker (taker, id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"""


def upgrade() -> None:
    """Create the table. What was downloaded before was not written down."""
    op.execute(DOWNLOADS)

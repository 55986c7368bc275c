"""What is done too often is counted, over all instances."""

from alembic import op

revision = "0026"
down_revision = "0025"

LIMITS = """
CREATE TABLE limits (
  id BINARY(16) NOT NULL,
  times INT UNSIGNED NOT NULL,
  ends_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  KEY by_end (ends_at)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"""


def upgrade() -> None:
    """Add the table. Nothing was counted yet."""
    op.execute(LIMITS)

"""Each session has a row: since when, by which device, and that it has ended."""

from alembic import op

revision = "0025"
down_revision = "0024"

SESSIONS = """
CREATE TABLE sessions (
  id BINARY(16) NOT NULL,
  owner BINARY(16) NOT NULL,
  device VARCHAR(100) NOT NULL,
  began_at DATETIME(6) NOT NULL,
  seen_at DATETIME(6) NOT NULL,
  ended_at DATETIME(6) NULL,
  PRIMARY KEY (id),
  KEY of_owner (owner, seen_at)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"""


def upgrade() -> None:
    """Add the table. Sessions that go on already come in when they are renewed."""
    op.execute(SESSIONS)

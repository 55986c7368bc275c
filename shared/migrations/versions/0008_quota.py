"""What an owner has published is counted, and by one worker at a time."""

from alembic import op

revision = "0008"
down_revision = "0007"

OWNER_LOCKS = """
CREATE TABLE owner_locks (
  owner BINARY(16) NOT NULL,
  PRIMARY KEY (owner)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"""

# Covers the count: none of the images' rows is read.
USAGE = "ALTER TABLE images ADD KEY usage_of_owner (owner, taken_back_at, size_bytes)"


def upgrade() -> None:
    """Add the table and the index."""
    for statement in (OWNER_LOCKS, USAGE):
        op.execute(statement)

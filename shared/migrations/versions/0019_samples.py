"""The queue is looked at once a minute, so that operators see where it goes."""

from alembic import op

revision = "0019"
down_revision = "0018"

SAMPLES = """
CREATE TABLE samples (
  minute DATETIME NOT NULL,
  at DATETIME(6) NOT NULL,
  seconds DOUBLE NULL,
  visible INT NULL,
  in_flight INT NULL,
  `delayed` INT NULL,
  dead_letters INT NULL,
  oldest_seconds DOUBLE NULL,
  arrivals INT NULL,
  completions INT NULL,
  service_seconds DOUBLE NULL,
  workers INT NULL,
  clears_seconds DOUBLE NULL,
  PRIMARY KEY (minute)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"""

LOAD = """
CREATE TABLE sampled_owners (
  owner BINARY(16) NOT NULL,
  waiting INT NOT NULL,
  upload_id BINARY(16) NOT NULL,
  at DATETIME(6) NOT NULL,
  PRIMARY KEY (owner)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"""

# How long its message waited for the first receive; of uploads before nobody knows.
WAITED = "ALTER TABLE uploads ADD COLUMN waited_ms INT NULL"


def upgrade() -> None:
    """Create the tables. They begin empty: what was before was not measured."""
    for statement in (SAMPLES, LOAD, WAITED):
        op.execute(statement)

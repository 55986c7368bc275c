"""Operators pause receiving and drain workers, and each run of a worker says what it does about it."""

from alembic import op

revision = "0021"
down_revision = "0020"

RECEIVING = """
CREATE TABLE receiving (
  scope VARCHAR(100) NOT NULL,
  run BINARY(16) NULL,
  stopped BOOLEAN NOT NULL,
  who VARCHAR(100) NOT NULL,
  way VARCHAR(20) NOT NULL,
  why VARCHAR(200) NOT NULL,
  since DATETIME(6) NOT NULL,
  version INT UNSIGNED NOT NULL,
  PRIMARY KEY (scope)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"""

# Beside `workers`, whose rows the release before inserts without naming columns.
RUNS = """
CREATE TABLE worker_runs (
  name VARCHAR(100) NOT NULL,
  run BINARY(16) NOT NULL,
  at DATETIME(6) NOT NULL,
  reception VARCHAR(20) NOT NULL,
  silent_seconds DOUBLE NULL,
  PRIMARY KEY (name)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(RECEIVING)
    op.execute(RUNS)

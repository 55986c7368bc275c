"""S3 and MySQL are compared: checks, what they found, and what is to be repaired."""

from alembic import op

revision = "0023"
down_revision = "0022"

# What records name is read in the order in which S3 lists it.
BY_KEY = "ALTER TABLE images ADD KEY by_original_key (original_key)"

# `running` is 1 or NULL, so that one runs at a time.
CHECKS = """
CREATE TABLE checks (
  id BINARY(16) NOT NULL,
  running TINYINT NULL,
  full_hash BOOLEAN NOT NULL,
  asked_by VARCHAR(100) NULL,
  begun_at DATETIME(6) NOT NULL,
  ended_at DATETIME(6) NULL,
  phase VARCHAR(20) NOT NULL,
  place VARCHAR(1024) NOT NULL,
  looked TEXT NOT NULL,
  kept INT UNSIGNED NOT NULL,
  beyond TEXT NOT NULL,
  holder VARCHAR(40) NULL,
  held_until DATETIME(6) NULL,
  PRIMARY KEY (id),
  UNIQUE KEY one_runs (running)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"""

FINDINGS = """
CREATE TABLE findings (
  id BINARY(16) NOT NULL,
  check_id BINARY(16) NOT NULL,
  fault VARCHAR(20) NOT NULL,
  subject VARCHAR(1024) NOT NULL,
  detail VARCHAR(500) NOT NULL,
  upload_id BINARY(16) NULL,
  owner BINARY(16) NULL,
  seen_at DATETIME(6) NOT NULL,
  state VARCHAR(20) NOT NULL,
  told VARCHAR(500) NOT NULL,
  PRIMARY KEY (id),
  KEY of_check (check_id, state, fault, id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"""

REPAIRS = """
CREATE TABLE repairs (
  act BINARY(16) NOT NULL,
  finding BINARY(16) NOT NULL,
  asked_by VARCHAR(100) NOT NULL,
  at DATETIME(6) NOT NULL,
  outcome VARCHAR(20) NULL,
  holder VARCHAR(40) NULL,
  held_until DATETIME(6) NULL,
  PRIMARY KEY (act, finding),
  KEY waiting (outcome, at)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"""


def upgrade() -> None:
    """Add an index and the tables. Nothing was compared yet."""
    for statement in (BY_KEY, CHECKS, FINDINGS, REPAIRS):
        op.execute(statement)

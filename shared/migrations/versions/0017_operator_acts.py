"""What operators do is written down, and what came of it."""

from alembic import op

revision = "0017"
down_revision = "0016"

ACTS = """
CREATE TABLE operator_acts (
  id BINARY(16) NOT NULL,
  at DATETIME(6) NOT NULL,
  who VARCHAR(100) NOT NULL,
  way VARCHAR(20) NOT NULL,
  verb VARCHAR(30) NOT NULL,
  subject VARCHAR(200) NOT NULL,
  asked INT UNSIGNED NOT NULL,
  PRIMARY KEY (id),
  KEY by_who (who, id),
  KEY by_verb (verb, id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"""

OUTCOMES = """
CREATE TABLE operator_outcomes (
  act BINARY(16) NOT NULL,
  at DATETIME(6) NOT NULL,
  counts TEXT NOT NULL,
  PRIMARY KEY (act)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(ACTS)
    op.execute(OUTCOMES)

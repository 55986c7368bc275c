"""People report images, moderators act on them, and owners answer. `moderation_acts` is only ever added to."""

from alembic import op

revision = "0012"
down_revision = "0011"

OPTIONS = "ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"

REPORTS = f"""
CREATE TABLE reports (
  id BINARY(16) NOT NULL,
  image_id BINARY(16) NOT NULL,
  reporter BINARY(16) NOT NULL,
  username VARCHAR(30) NOT NULL,
  reason VARCHAR(20) NOT NULL,
  text VARCHAR(1000) NOT NULL,
  at DATETIME(6) NOT NULL,
  closed_by BINARY(16) NULL,
  PRIMARY KEY (id),
  UNIQUE KEY once (image_id, reporter),
  KEY still_open (closed_by, image_id, reason, id, at),
  KEY of_reporter (reporter, closed_by, at)
) {OPTIONS}"""

ACTS = f"""
CREATE TABLE moderation_acts (
  id BINARY(16) NOT NULL,
  image_id BINARY(16) NOT NULL,
  number INT NOT NULL,
  at DATETIME(6) NOT NULL,
  moderator BINARY(16) NOT NULL,
  username VARCHAR(30) NOT NULL,
  verb VARCHAR(20) NOT NULL,
  reason VARCHAR(20) NULL,
  note VARCHAR(1000) NOT NULL,
  owner BINARY(16) NOT NULL,
  owner_name VARCHAR(30) NOT NULL,
  was VARCHAR(20) NOT NULL,
  closed VARCHAR(200) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY one_after_the_other (image_id, number),
  KEY of_owner (owner, id)
) {OPTIONS}"""

ANSWERS = f"""
CREATE TABLE moderation_answers (
  act_id BINARY(16) NOT NULL,
  text VARCHAR(2000) NOT NULL,
  at DATETIME(6) NOT NULL,
  PRIMARY KEY (act_id)
) {OPTIONS}"""


def upgrade() -> None:
    """Create the tables, and the column that says what moderators hide."""
    op.execute("ALTER TABLE images ADD COLUMN hidden_at DATETIME(6) NULL")
    for table in (REPORTS, ACTS, ANSWERS):
        op.execute(table)

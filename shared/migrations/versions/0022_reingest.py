"""Renditions are made anew, as a backlog: its runs, the pictures of each, and objects that no record names any more.

Images that are older than this have recipe 0. `uploads.rendering_at` holds back erasing as an attempt does.
"""

from alembic import op

revision = "0022"
down_revision = "0021"

IMAGES = """
ALTER TABLE images ADD COLUMN recipe SMALLINT UNSIGNED NOT NULL DEFAULT 0, ADD COLUMN rendered_at DATETIME(6) NULL"""
UPLOADS = "ALTER TABLE uploads ADD COLUMN rendering_at DATETIME(6) NULL"

# `same_as` is a digest of `which` while the run is not over: there are no two for the same images.
RUNS = """
CREATE TABLE reingest_runs (
  id BINARY(16) NOT NULL,
  who VARCHAR(100) NOT NULL,
  which TEXT NOT NULL,
  same_as BINARY(32) NULL,
  standing VARCHAR(20) NOT NULL,
  started_at DATETIME(6) NOT NULL,
  moved_at DATETIME(6) NULL,
  ended_at DATETIME(6) NULL,
  asked INT UNSIGNED NOT NULL DEFAULT 0,
  made INT UNSIGNED NOT NULL DEFAULT 0,
  unchanged INT UNSIGNED NOT NULL DEFAULT 0,
  gone INT UNSIGNED NOT NULL DEFAULT 0,
  failed INT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (id),
  UNIQUE KEY one_at_a_time (same_as),
  KEY by_standing (standing, id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"""

# Those that wait, and those that failed; what went well is counted by its run alone.
IMAGES_OF_RUNS = """
CREATE TABLE reingest_images (
  run BINARY(16) NOT NULL,
  image_id BINARY(16) NOT NULL,
  owner BINARY(16) NOT NULL,
  waiting BOOLEAN NOT NULL DEFAULT TRUE,
  tries TINYINT UNSIGNED NOT NULL DEFAULT 0,
  sent_at DATETIME(6) NULL,
  failed_at DATETIME(6) NULL,
  reason VARCHAR(500) NULL,
  PRIMARY KEY (run, image_id),
  KEY by_waiting (run, waiting, image_id),
  KEY by_image (image_id, waiting),
  KEY by_sent (sent_at)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"""

GIVEN_UP = """
CREATE TABLE given_up_objects (
  object_key VARCHAR(255) NOT NULL,
  at DATETIME(6) NOT NULL,
  PRIMARY KEY (object_key),
  KEY by_time (at)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"""


def upgrade() -> None:
    """Add columns and tables."""
    for statement in (IMAGES, UPLOADS, RUNS, IMAGES_OF_RUNS, GIVEN_UP):
        op.execute(statement)

"""Uploads with their timeline, images, the inverted index, and the workers' signs of life."""

from alembic import op

revision = "0001"
down_revision = None

# Plain on MySQL 8 and MariaDB alike; the collation is always named, because their defaults differ.
TABLE = "ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"

UPLOADS = f"""
CREATE TABLE uploads (
  id BINARY(16) NOT NULL,
  owner BINARY(16) NOT NULL,
  username VARCHAR(30) NOT NULL,
  filename VARCHAR(255) NOT NULL,
  size_bytes BIGINT NOT NULL,
  accepted_at DATETIME(6) NOT NULL,
  state VARCHAR(12) NOT NULL,
  attempts INT NOT NULL,
  worker VARCHAR(100) NULL,
  reason_code VARCHAR(40) NULL,
  reason_message VARCHAR(500) NULL,
  changed_at DATETIME(6) NOT NULL,
  requeued_at DATETIME(6) NULL,
  PRIMARY KEY (id),
  KEY of_owner (owner, id),
  KEY by_state (state, changed_at)
) {TABLE}"""

EVENTS = f"""
CREATE TABLE events (
  id BIGINT NOT NULL AUTO_INCREMENT,
  upload_id BINARY(16) NOT NULL,
  at DATETIME(6) NOT NULL,
  step VARCHAR(30) NOT NULL,
  attempt INT NOT NULL,
  worker VARCHAR(100) NOT NULL,
  ms INT NOT NULL,
  result VARCHAR(500) NOT NULL,
  PRIMARY KEY (id),
  KEY of_upload (upload_id, id)
) {TABLE}"""

IMAGES = f"""
CREATE TABLE images (
  id BINARY(16) NOT NULL,
  owner BINARY(16) NOT NULL,
  username VARCHAR(30) NOT NULL,
  filename VARCHAR(255) NOT NULL,
  caption TEXT NOT NULL,
  licence VARCHAR(30) NOT NULL,
  format VARCHAR(8) NOT NULL,
  content_type VARCHAR(30) NOT NULL,
  width INT NOT NULL,
  height INT NOT NULL,
  size_bytes BIGINT NOT NULL,
  sha256 BINARY(32) NOT NULL,
  colour CHAR(7) NOT NULL,
  original_key VARCHAR(255) NOT NULL,
  preview_key VARCHAR(255) NOT NULL,
  preview_width INT NOT NULL,
  preview_height INT NOT NULL,
  thumbnail_key VARCHAR(255) NOT NULL,
  thumbnail_width INT NOT NULL,
  thumbnail_height INT NOT NULL,
  uploaded_at DATETIME(6) NOT NULL,
  published_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id)
) {TABLE}"""

TERMS = f"""
CREATE TABLE terms (
  id BIGINT NOT NULL AUTO_INCREMENT,
  kind VARCHAR(10) NOT NULL,
  text VARCHAR(64) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY kind_text (kind, text)
) {TABLE}"""

IMAGE_TERMS = f"""
CREATE TABLE image_terms (
  term_id BIGINT NOT NULL,
  image_id BINARY(16) NOT NULL,
  PRIMARY KEY (term_id, image_id),
  KEY of_image (image_id)
) {TABLE}"""

WORKERS = f"""
CREATE TABLE workers (
  name VARCHAR(100) NOT NULL,
  host VARCHAR(100) NOT NULL,
  version VARCHAR(40) NOT NULL,
  last_heartbeat_at DATETIME(6) NOT NULL,
  last_poll_age_seconds DOUBLE NULL,
  PRIMARY KEY (name)
) {TABLE}"""


def upgrade() -> None:
    """Create the tables."""
    for statement in (UPLOADS, EVENTS, IMAGES, TERMS, IMAGE_TERMS, WORKERS):
        op.execute(statement)

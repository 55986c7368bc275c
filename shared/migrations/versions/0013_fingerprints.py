"""An image is known again by its bytes and by its look; what was removed is held when it comes again."""

from alembic import op

revision = "0013"
down_revision = "0012"

IMAGES = """
ALTER TABLE images
  ADD COLUMN uploaded_sha256 BINARY(32) NULL,
  ADD COLUMN fingerprint BIGINT UNSIGNED NULL,
  ADD COLUMN looks_like VARBINARY(48) NULL,
  ADD KEY uploaded_bytes (owner, uploaded_sha256)"""

UPLOADS = """
ALTER TABLE uploads
  ADD COLUMN held_for BINARY(16) NULL,
  ADD COLUMN released_at DATETIME(6) NULL"""

# `scope`: whose images are compared, 16 zero bytes for those that are barred.
BANDS = """
CREATE TABLE fingerprint_bands (
  scope BINARY(16) NOT NULL,
  band TINYINT UNSIGNED NOT NULL,
  value SMALLINT UNSIGNED NOT NULL,
  image_id BINARY(16) NOT NULL,
  fingerprint BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (scope, band, value, image_id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"""

BARRED = """
CREATE TABLE barred (
  image_id BINARY(16) NOT NULL,
  owner BINARY(16) NOT NULL,
  uploaded_sha256 BINARY(32) NULL,
  sha256 BINARY(32) NOT NULL,
  fingerprint BIGINT UNSIGNED NULL,
  reason VARCHAR(500) NOT NULL,
  at DATETIME(6) NOT NULL,
  PRIMARY KEY (image_id),
  KEY uploaded_bytes (uploaded_sha256),
  KEY published_bytes (sha256)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"""


def upgrade() -> None:
    """Add columns and tables. Of what was published before neither digest nor look is known."""
    for statement in (IMAGES, UPLOADS, BANDS, BARRED):
        op.execute(statement)

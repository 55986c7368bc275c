"""Operators find an upload by owner, file name, digest and the reference that its owner was told.

Uploads that are older than this are found by digest where they became images.
"""

from alembic import op

revision = "0020"
down_revision = "0019"

UPLOADS = """
ALTER TABLE uploads
  ADD COLUMN sha256 BINARY(32) NULL,
  ADD COLUMN reference BINARY(4) GENERATED ALWAYS AS (SUBSTRING(id, 13, 4)) VIRTUAL,
  ADD KEY of_username (username, id),
  ADD KEY of_filename (filename, id),
  ADD KEY of_bytes (sha256, id),
  ADD KEY of_reference (reference, id)"""
IMAGES = """
ALTER TABLE images
  ADD KEY of_published_bytes (sha256, id),
  ADD KEY of_received_bytes (uploaded_sha256, id)"""


def upgrade() -> None:
    """Add the columns and their indexes."""
    op.execute(UPLOADS)
    op.execute(IMAGES)

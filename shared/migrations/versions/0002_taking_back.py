"""Uploads and their images can be taken back, and are then erased."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the times; all of them are the database's own. An upload keeps them when its image's record is gone."""
    op.execute("""
        ALTER TABLE uploads
          ADD COLUMN taken_back_at DATETIME(6) NULL,
          ADD COLUMN erasable_at DATETIME(6) NULL,
          ADD COLUMN erase_begun_at DATETIME(6) NULL,
          ADD COLUMN erased_at DATETIME(6) NULL""")
    op.execute("ALTER TABLE images ADD COLUMN taken_back_at DATETIME(6) NULL")

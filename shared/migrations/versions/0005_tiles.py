"""A rendition between thumbnail and preview. Images that were published without one keep NULL."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the columns. Releases that don't know them go on writing rows without."""
    op.execute("""
        ALTER TABLE images
          ADD COLUMN tile_key VARCHAR(255) NULL,
          ADD COLUMN tile_width INT NULL,
          ADD COLUMN tile_height INT NULL""")

"""Animations are known from the record, so that the image page plays them."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column. What is published so far counts as still: its originals would have to be read again."""
    op.execute("ALTER TABLE images ADD COLUMN frames SMALLINT NOT NULL DEFAULT 1")

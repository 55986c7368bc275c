"""An owner dismisses what was rejected, and has what failed tried once more."""

from alembic import op

revision = "0015"
down_revision = "0009"

UPLOADS = (
    "ALTER TABLE uploads ADD COLUMN dismissed_at DATETIME(6) NULL, ADD COLUMN retried_at DATETIME(6) NULL"
)


def upgrade() -> None:
    """Add the columns."""
    op.execute(UPLOADS)

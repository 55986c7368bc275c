"""An owner dismisses what was rejected, and has what failed tried once more; a few colours to wait with.

Images that are older than this keep their one colour.
"""

from alembic import op

revision = "0015"
down_revision = "0014"

UPLOADS = (
    "ALTER TABLE uploads ADD COLUMN dismissed_at DATETIME(6) NULL, ADD COLUMN retried_at DATETIME(6) NULL"
)
IMAGES = "ALTER TABLE images ADD COLUMN placeholder BINARY(36) NULL"


def upgrade() -> None:
    """Add the columns."""
    for statement in (UPLOADS, IMAGES):
        op.execute(statement)

"""Which version of the worker had an upload last: a bug is known by when it came."""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add the column; of what is older it is not known."""
    op.execute("ALTER TABLE uploads ADD COLUMN worker_version VARCHAR(40) NULL")

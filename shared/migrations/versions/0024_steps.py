"""Workers tell the steps that their processes are at."""

from alembic import op

revision = "0024"
down_revision = "0023"

STEPS = "ALTER TABLE worker_runs ADD COLUMN steps TEXT NULL"


def upgrade() -> None:
    """Add the column. A worker of the release before tells none."""
    op.execute(STEPS)

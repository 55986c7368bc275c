"""Workers tell the steps that their processes are at, and samples how many messages nothing waits for."""

from alembic import op

revision = "0024"
down_revision = "0023"

STEPS = "ALTER TABLE worker_runs ADD COLUMN steps TEXT NULL"
SURPLUS = "ALTER TABLE samples ADD COLUMN surplus INT NULL"


def upgrade() -> None:
    """Add the columns. A worker and a tick of the release before tell neither."""
    op.execute(STEPS)
    op.execute(SURPLUS)

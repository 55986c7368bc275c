"""Accounts that are being deleted: since when, under which name, and when that was done."""

from alembic import op

revision = "0014"
down_revision = "0013"

CLOSING = """
ALTER TABLE accounts
  ADD COLUMN closing_at DATETIME(6) NULL,
  ADD COLUMN closing_username VARCHAR(128) NULL,
  ADD COLUMN closed_at DATETIME(6) NULL,
  ADD KEY under_way (closed_at, closing_at)"""


def upgrade() -> None:
    """Add the columns. Nobody's account is being deleted yet."""
    op.execute(CLOSING)

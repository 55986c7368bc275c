"""What the portal itself keeps of accounts: when sessions were ended, and the licence that uploads begin with."""

from alembic import op

revision = "0007"
down_revision = "0006"

ACCOUNTS = """
CREATE TABLE accounts (
  owner BINARY(16) NOT NULL,
  sessions_ended_at DATETIME(6) NULL,
  default_licence VARCHAR(30) NULL,
  PRIMARY KEY (owner)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"""


def upgrade() -> None:
    """Create the table. Who has no row has ended no session and chosen nothing."""
    op.execute(ACCOUNTS)

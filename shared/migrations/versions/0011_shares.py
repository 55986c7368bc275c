"""Links that show an image or a profile to people without an account."""

from alembic import op

revision = "0011"
down_revision = "0010"

SHARES = """
CREATE TABLE shares (
  id BINARY(16) NOT NULL,
  token CHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind VARCHAR(10) NOT NULL,
  target BINARY(16) NOT NULL,
  owner BINARY(16) NOT NULL,
  username VARCHAR(30) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  expires_at DATETIME(6) NULL,
  revoked_at DATETIME(6) NULL,
  password_hash VARCHAR(255) NULL,
  views INT NOT NULL DEFAULT 0,
  tries INT NOT NULL DEFAULT 0,
  tried_at DATETIME(6) NULL,
  PRIMARY KEY (id),
  UNIQUE KEY by_token (token),
  KEY of_owner (owner, id),
  KEY of_target (target, id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"""


def upgrade() -> None:
    """Create the table."""
    op.execute(SHARES)

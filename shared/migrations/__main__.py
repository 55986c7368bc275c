"""Bring the database to the newest schema; safe to run from several machines at once."""

import os
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from boto3 import Session

from shared.adapters.database_secret import DatabaseSecret


def upgrade(database_url: str) -> None:
    """Apply every migration that is missing. Raises what the driver raises: a start must not go on without it."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["database_url"] = database_url
    command.upgrade(config, "head")


if __name__ == "__main__":
    url = os.environ.get("DATABASE_URL")
    if not url:
        sys.exit("DATABASE_URL is missing.")
    if arn := os.environ.get("DATABASE_SECRET_ARN"):
        url = DatabaseSecret(Session(), os.environ["AWS_REGION"], arn).completed(url)
    upgrade(url)

"""Bring the database to the newest schema; safe to run from several machines at once."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from alembic import command
from alembic.config import Config
from boto3 import Session

from shared.adapters.database_secret import DatabaseSecret
from shared.migrations.grants import grant


def upgrade(database_url: str) -> bool:
    """Apply every migration that is missing; False when a later version has brought the schema further than this one
    knows, which leaves it as it is. Raises what the driver raises: a start must not go on without it."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["database_url"] = database_url
    command.upgrade(config, "head")
    later: set[str] = config.attributes["later"]
    return not later


def prepare(env: Mapping[str, str]) -> None:
    """Upgrade as the owner of the tables; where the tiers have a login of their own, permit it what they do.

    The tiers' login is DATABASE_URL's, completed by DATABASE_SECRET_ARN; the owner's is MIGRATIONS_DATABASE_URL's (or
    the same address) and MIGRATIONS_DATABASE_SECRET_ARN's. Without the latter two there is one login for both.
    """
    login = _completed(env, env["DATABASE_URL"], "DATABASE_SECRET_ARN")
    own = {"MIGRATIONS_DATABASE_URL", "MIGRATIONS_DATABASE_SECRET_ARN"} & {name for name in env if env[name]}
    address = env.get("MIGRATIONS_DATABASE_URL") or env["DATABASE_URL"]
    owner = _completed(env, address, "MIGRATIONS_DATABASE_SECRET_ARN") if own else login
    if not upgrade(owner):
        # What the tiers may do is the later version's business too: this one does not know which tables are audits.
        sys.stdout.write("The schema is a later version's, and left as it is.\n")
    elif own:
        grant(owner, login)


def _completed(env: Mapping[str, str], url: str, secret: str) -> str:
    arn = env.get(secret)
    return DatabaseSecret(Session(), env["AWS_REGION"], arn).completed(url) if arn else url


if __name__ == "__main__":
    if not os.environ.get("DATABASE_URL"):
        sys.exit("DATABASE_URL is missing.")
    prepare(os.environ)

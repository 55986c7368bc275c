"""The login of the tiers: all that the product does, and no more. What is only added to they can't change or remove."""

from sqlalchemy import create_engine, make_url, text

ADDED_TO = frozenset({"moderation_acts", "operator_acts", "operator_outcomes"})
"""The audits."""
NOT_THEIRS = frozenset({"alembic_version"})


def privileges(table: str) -> str:
    """What the tiers may do with a table."""
    if table in NOT_THEIRS:
        return "SELECT"
    return "SELECT, INSERT" if table in ADDED_TO else "SELECT, INSERT, UPDATE, DELETE"


def grant(owner_url: str, login_url: str) -> None:
    """Make the user that `login_url` names, with its password, and let it do its work on every table there is now.

    `owner_url` is for whoever made the tables, and may make users and grant. Safe to run again, and needed after each
    migration: MySQL can't grant a database without one of its tables. Raises what the driver raises.
    """
    login = make_url(login_url)
    who = {"user": login.username, "password": login.password}
    engine = create_engine(owner_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as c:
        for verb in ("CREATE USER IF NOT EXISTS", "ALTER USER"):
            c.execute(text(f"{verb} :user@'%' IDENTIFIED BY :password"), who)
        for (table,) in c.execute(text("SHOW TABLES")).all():
            c.execute(text(f"GRANT {privileges(table)} ON `{table}` TO :user@'%'"), {"user": login.username})
    engine.dispose()

"""Alembic's entry: one connection, one lock, so that two deploying instances don't migrate at once.

A schema of a later version is left as it is: migrations only add, so this version works on it. Without that, an older
version could not be deployed any more, and going back to it would fail.
"""

from alembic import context
from sqlalchemy import create_engine, text

LOCK_WAIT_SECONDS = 120

engine = create_engine(context.config.attributes["database_url"])
with engine.connect() as connection:
    if connection.execute(text("SELECT GET_LOCK('migrations', :s)"), {"s": LOCK_WAIT_SECONDS}).scalar() != 1:
        raise TimeoutError("another process has been migrating the schema for two minutes")
    connection.commit()
    context.configure(connection=connection)
    known = {script.revision for script in context.script.walk_revisions()}
    later = set(context.get_context().get_current_heads()) - known
    context.config.attributes["later"] = later
    if not later:
        with context.begin_transaction():
            context.run_migrations()
    connection.execute(text("SELECT RELEASE_LOCK('migrations')"))
    connection.commit()
engine.dispose()

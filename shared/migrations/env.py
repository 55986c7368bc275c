"""Alembic's entry: one connection, one lock, so that two deploying instances don't migrate at once."""

from alembic import context
from sqlalchemy import create_engine, text

LOCK_WAIT_SECONDS = 120

engine = create_engine(context.config.attributes["database_url"])
with engine.connect() as connection:
    if connection.execute(text("SELECT GET_LOCK('migrations', :s)"), {"s": LOCK_WAIT_SECONDS}).scalar() != 1:
        raise TimeoutError("another process has been migrating the schema for two minutes")
    connection.commit()
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
    connection.execute(text("SELECT RELEASE_LOCK('migrations')"))
    connection.commit()
engine.dispose()

"""The connection to MySQL (or MariaDB): pool, time-outs, and the one place where driver errors are translated."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.adapters.database_secret import DatabaseSecret
from shared.ports.unavailable import CatalogueUnavailable

DEADLOCK, LOCK_WAIT = 1213, 1205
TRANSACTION_TRIES = 4

Result = TypeVar("Result")


class Database:
    """A pool of connections. Times are stored as naive UTC; `utc` and `naive` convert at the border."""

    def __init__(self, url: str, *, pool_size: int = 5, secret: DatabaseSecret | None = None) -> None:
        """With a `secret`, user and password come from there and not from the URL."""
        self._engine: Engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=5,
            pool_pre_ping=True,  # a fail-over or an idle cut must cost one ping, not one failed request
            pool_recycle=280,
            isolation_level="READ COMMITTED",  # without gap locks, concurrent publishes do not deadlock on terms
            connect_args={
                "connect_timeout": 3,
                "read_timeout": 15,
                "write_timeout": 15,
                "charset": "utf8mb4",
                "collation": "utf8mb4_bin",  # left alone, PyMySQL picks general_ci and literals compare by it
            },
        )
        if secret is not None:
            secret.follow(self._engine)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """One connection, committed at the end; raises CatalogueUnavailable when the database is at fault."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except (OperationalError, InterfaceError, PoolTimeout) as error:
            raise CatalogueUnavailable(_short(error)) from error

    def transact(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in one transaction, again from its start when MySQL chose it as a deadlock's victim."""
        for tries_left in reversed(range(TRANSACTION_TRIES)):
            try:
                with self.connect() as connection:
                    return work(connection)
            except CatalogueUnavailable as error:
                if not tries_left or _code(error) not in (DEADLOCK, LOCK_WAIT):
                    raise
        raise AssertionError("unreachable: the last try returns or raises")

    def check(self) -> None:
        """Raises CatalogueUnavailable unless a statement runs."""
        with self.connect() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Give every connection back."""
        self._engine.dispose()


def _code(error: CatalogueUnavailable) -> int | None:
    cause = error.__cause__
    if isinstance(cause, DBAPIError) and cause.orig is not None and cause.orig.args:
        return int(cause.orig.args[0]) if isinstance(cause.orig.args[0], int) else None
    return None


def _short(error: SQLAlchemyError) -> str:
    """The driver's own words without the statement and its parameters, which may be somebody's data."""
    return str(error.orig) if isinstance(error, DBAPIError) else str(error)


def naive(moment: datetime) -> datetime:
    """As stored: UTC without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def utc(moment: datetime) -> datetime:
    """As the tiers use it: UTC with its zone."""
    return moment.replace(tzinfo=UTC)

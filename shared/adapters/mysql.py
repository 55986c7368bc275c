"""The connection to MySQL (or MariaDB): pool, time-outs, and the one place where driver errors are translated."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from pymysql import err
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared import calls
from shared.adapters.circuit_breaker import CircuitBreaker
from shared.adapters.database_secret import DatabaseSecret
from shared.adapters.measured import measure_mysql
from shared.ports.unavailable import CatalogueUnavailable

DEADLOCK, LOCK_WAIT = 1213, 1205
TRANSACTION_TRIES = 4
KINDS = {DEADLOCK: "deadlock", LOCK_WAIT: "lock_wait", 1044: "denied", 1045: "denied", 1142: "denied"}
PAUSE_SECONDS = (
    1.0  # after a time-out: what one page asks next fails at once, and pages a second later try again
)

Result = TypeVar("Result")


@dataclass(frozen=True)
class Patience:
    """How long the database may take before it counts as away, in seconds."""

    connect: float
    answer: float
    lock: int
    """For a row lock; below `answer`, so that the server gives up first and rolls back by itself."""


FOR_PEOPLE = Patience(connect=1, answer=2, lock=1)
"""A page answers within three seconds even when the server is frozen, which is noticed once a page."""
FOR_WORK = Patience(connect=3, answer=15, lock=10)
"""An attempt has time, and each that is given up costs one of its upload's five."""


class Database:
    """A pool of connections. Times are stored as naive UTC; `utc` and `naive` convert at the border."""

    def __init__(
        self,
        url: str,
        patience: Patience,
        *,
        pool_size: int = 5,
        secret: DatabaseSecret | None = None,
        counted: bool = True,
    ) -> None:
        """With a `secret`, user and password come from there and not from the URL."""
        self._counted = counted
        self._breaker = CircuitBreaker(PAUSE_SECONDS, _is_time_out)
        self._engine: Engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=patience.connect,
            pool_recycle=280,
            isolation_level="READ COMMITTED",  # without gap locks, concurrent publishes do not deadlock on terms
            connect_args={
                "connect_timeout": patience.connect,
                "read_timeout": patience.answer,
                "write_timeout": patience.answer,
                "charset": "utf8mb4",
                "collation": "utf8mb4_bin",  # left alone, PyMySQL picks general_ci and literals compare by it
                "init_command": f"SET SESSION innodb_lock_wait_timeout = {patience.lock}",
            },
        )
        event.listen(self._engine, "checkout", _ping)
        if counted:
            measure_mysql(self._engine)
        if secret is not None:
            secret.follow(self._engine)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """One connection, committed at the end; raises CatalogueUnavailable when the database is at fault."""
        try:
            with self._breaker.guard(_frozen), self._engine.begin() as connection:
                yield connection
                began = time.perf_counter()
            if self._counted:
                calls.call("mysql", "commit", time.perf_counter() - began)
        except (OperationalError, InterfaceError, PoolTimeout, _TimedOut) as error:
            if self._counted:
                calls.error("mysql", "transaction", _kind(error))
            raise CatalogueUnavailable(_short(error)) from error

    def transact(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in one transaction, again from its start when MySQL chose it as a deadlock's victim."""
        for tries_left in reversed(range(TRANSACTION_TRIES)):
            try:
                with self.connect() as connection:
                    return work(connection)
            except CatalogueUnavailable as error:
                if not tries_left or _code(error.__cause__) not in (DEADLOCK, LOCK_WAIT):
                    raise
        raise AssertionError("unreachable: the last try returns or raises")

    def check(self) -> None:
        """Raises CatalogueUnavailable unless a statement runs."""
        with self.connect() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Give every connection back."""
        self._engine.dispose()


class _TimedOut(Exception):
    """An open connection's server does not answer."""


def _ping(connection: Any, _record: object, _proxy: object) -> None:
    """A fail-over or an idle cut costs one ping, not one failed request: the pool then opens another connection.

    It must not for a server that does not answer: that would cost the same wait again. Hence not `pool_pre_ping`.
    """
    try:
        connection.ping(reconnect=False)
    except err.Error as error:
        if _is_time_out(error):
            raise _TimedOut(str(error)) from error
        raise DisconnectionError from error


def _frozen() -> CatalogueUnavailable:
    return CatalogueUnavailable("the database did not answer a moment ago")


def _is_time_out(error: BaseException | None) -> bool:
    """Whether a time-out is at the root of it; PyMySQL tells that only by the exception in whose handling it raises."""
    while error is not None:
        if isinstance(error, TimeoutError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _code(error: BaseException | None) -> int | None:
    """MySQL's number of the error."""
    if isinstance(error, DBAPIError) and error.orig is not None and error.orig.args:
        return int(error.orig.args[0]) if isinstance(error.orig.args[0], int) else None
    return None


def _kind(error: Exception) -> str:
    """What is counted of it."""
    if isinstance(error, PoolTimeout):
        return "pool"
    if _is_time_out(error):
        return "timed_out"
    return KINDS.get(_code(error) or 0, "unreached")


def _short(error: Exception) -> str:
    """The driver's own words without the statement and its parameters, which may be somebody's data."""
    return str(error.orig) if isinstance(error, DBAPIError) else str(error)


def naive(moment: datetime) -> datetime:
    """As stored: UTC without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def utc(moment: datetime) -> datetime:
    """As the tiers use it: UTC with its zone."""
    return moment.replace(tzinfo=UTC)

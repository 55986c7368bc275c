"""Time that passes when a test says so."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine

from shared.ports.object_store import StoredObject
from tests.support_database import pass_time


class Aged:
    """A store in which everything is older than it is."""

    def __init__(self, store: Any, by: timedelta) -> None:
        self._store, self._by = store, by

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def list(self, prefix: str, *, after: str = "") -> Iterator[StoredObject]:
        for entry in self._store.list(prefix, after=after):
            yield replace(entry, age=entry.age + self._by)


@dataclass
class Times:
    """Lets time pass for the sweep: by the store's clock and by the database's, which are the only ones it asks."""

    engine: Engine
    passed: timedelta = timedelta()

    def __call__(self, by: timedelta) -> None:
        self.passed += by
        pass_time(self.engine, by)

    def store(self, real: Any) -> Any:
        return Aged(real, self.passed)

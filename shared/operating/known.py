"""What parts of the world told, each by itself: one that is away leaves the others standing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from shared.ports.unavailable import CatalogueUnavailable, Unavailable

log = structlog.get_logger(__name__)
Value = TypeVar("Value")


@dataclass(frozen=True)
class Known(Generic[Value]):
    """An answer; with `unknown`, a sentence, there was none, and `value` says nothing."""

    value: Value
    unknown: str | None = None


class Asking:
    """Asks for one page. A part that was away once is not asked again: each question would wait for it anew."""

    def __init__(self) -> None:
        self._away: dict[type[Unavailable], str] = {}

    def ask(self, part: type[Unavailable], default: Value, question: Callable[[], Value]) -> Known[Value]:
        """The answer; `part` is what the port raises while it is away."""
        if part not in self._away:
            try:
                return Known(question())
            except part as error:
                log.warning("a part is unknown to an operator", error=str(error))
                name = "the database" if part is CatalogueUnavailable else "S3"
                self._away[part] = f"Unknown: {name} can’t be reached."
        return Known(default, self._away[part])

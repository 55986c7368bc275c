"""Runs of the portal's own code beside each other on one thread: each stops before every call that leaves it.

Whoever holds the stage decides who goes on, for how many calls, whose call fails or loses its answer, and who is killed
where it stands. So any order is possible, and each is repeatable.
"""

from collections.abc import Callable, Iterable, Iterator
from enum import Enum, auto
from typing import Any, TypeVar

from greenlet import getcurrent, greenlet  # type: ignore[import-untyped]  # Playwright brings it, without types

from shared.adapters.memory.object_store import MemoryObjectStore, MemorySink
from tests.support_tripwire import Cut

Parts = TypeVar("Parts")
Heard = Callable[[str, tuple[Any, ...], Any], None]


class Fault(Enum):
    """What becomes of an actor's next call."""

    NONE = auto()
    REFUSED = auto()  # that part of the world is away: nothing happened
    UNHEARD = auto()  # it happened, and its answer is lost


class Actor(greenlet):  # type: ignore[misc]  # likewise
    """One attempt, request or sweep on its way. `over_at`: when it is killed at the latest, in seconds."""

    def __init__(self, name: str, over_at: float, run: Callable[[], Any], forgiven: tuple[type, ...]) -> None:
        super().__init__(self._run)
        self.name, self.over_at = name, over_at
        self.result: Any = None
        self.failure: Exception | None = None
        self.killed = False
        self._what, self._forgiven = run, forgiven

    def _run(self) -> None:
        try:
            self.result = self._what()
        except Cut:
            pass
        except Exception as error:
            if not isinstance(error, self._forgiven):
                raise
            self.failure = error

    def go(self, calls: int | None = None, fault: Fault = Fault.NONE) -> bool:
        """Let it make so many calls, all without a number, the first of them with a `fault`; whether it has ended."""
        if not bool(self) and not self.dead:  # true while it is on its way
            self.switch()  # to its first call
        while not self.dead and calls != 0:
            self.switch(fault)
            fault = Fault.NONE
            calls = calls - 1 if calls is not None else None
        return bool(self.dead)

    def kill(self) -> None:
        """End it where it stands."""
        self.killed = True
        if bool(self):
            self.throw(Cut)

    def call(
        self, away: type[Exception], method: Callable[..., Any], args: Any, kwargs: Any
    ) -> tuple[Any, bool]:
        """The answer to a call of its own, and whether it is heard. Raises what `away` says when it is refused."""
        if self.killed:  # its `finally` is no code that runs in a killed process
            raise Cut
        fault = self.parent.switch()
        if fault is Fault.REFUSED:
            raise away("away")
        return method(*args, **kwargs), fault is not Fault.UNHEARD


class Wire:
    """A port of an actor. `heard` is told every call that happened, with its answer."""

    def __init__(self, target: Any, away: type[Exception], heard: Heard) -> None:
        self._target, self._away, self._heard = target, away, heard

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._target, name)
        if name in ("delete", "erase") and isinstance(self._target, MemoryObjectStore):
            # S3 removes one after the other.
            return lambda items: self._each(name, method, items)
        return lambda *args, **kwargs: self._call(name, method, args, kwargs)

    def _each(self, name: str, method: Callable[..., Any], items: Iterable[Any]) -> None:
        for item in list(items):
            self._call(name, method, ([item],), {})

    def _call(self, name: str, method: Callable[..., Any], args: tuple[Any, ...], kwargs: Any) -> Any:
        actor = getcurrent()
        if not isinstance(actor, Actor):
            return method(*args, **kwargs)
        answer, is_heard = actor.call(self._away, method, args, kwargs)
        if isinstance(answer, Iterator):
            answer = list(answer)
        self._heard(name, args, answer)
        if not is_heard:
            raise self._away("no answer")
        if isinstance(answer, MemorySink):
            return Wire(answer, self._away, self._heard)
        return iter(answer) if isinstance(answer, list) and name in ("list", "versions") else answer

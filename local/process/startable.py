"""What is started, used and stopped again, however its use ends."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Startable(ABC):
    """A context manager over `start` and `stop`; `stop` is also called when `start` fails half-way."""

    @abstractmethod
    def start(self) -> object:
        """Begin."""

    @abstractmethod
    def stop(self) -> None:
        """End; safe to call at any time."""

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

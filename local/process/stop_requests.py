"""Ctrl-C, SIGTERM and SIGHUP as requests that the launcher looks at when it is safe to act."""

import signal
from types import FrameType


class Stopped(Exception):
    """The person asked to stop while the portal was starting."""


class StopRequests:
    """Counts SIGINT, SIGTERM and SIGHUP. The handler only counts; the launcher looks when it is safe to act."""

    def __init__(self) -> None:
        self.count = 0
        self.number = 0

    def install(self) -> None:
        """Take over the three signals (SIGHUP stays ignored under nohup)."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._note)

    def raise_if_any(self) -> None:
        """Raise Stopped after the first request."""
        if self.count:
            raise Stopped

    def urgent(self) -> bool:
        """Whether it was asked more than once."""
        return self.count > 1

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.count += 1
        self.number = number

"""Keeps started processes running, and stops them in order."""

import time
from collections.abc import Callable, Sequence

from local.console import say
from local.process.process import STOP_SECONDS, Process, describe_exit

_FIRST_DELAY_SECONDS = 0.2
_LONGEST_DELAY_SECONDS = 5.0
# A process that ran this long was well: its next failure is a first one.
_WELL_SECONDS = 10.0


class Supervisor:
    """Starts again what has ended, after 0.2 s at first and up to 5 s when it keeps ending."""

    def __init__(self, processes: Sequence[Process], clock: Callable[[], float] = time.monotonic) -> None:
        self._processes = processes
        self._clock = clock
        self._delays: dict[str, float] = {}
        self._due: dict[str, float] = {}

    def look(self) -> None:
        """Notice what has ended and start what is due; never waits."""
        now = self._clock()
        for process in self._processes:
            name = process.program.name
            if name in self._due:
                if now >= self._due[name]:
                    del self._due[name]
                    process.restart()
            elif (code := process.code) is not None:
                say(f"{name} stopped ({describe_exit(code)}); starting it again")
                self._due[name] = now + self._next_delay(name, now - process.started_at)

    def _next_delay(self, name: str, ran_seconds: float) -> float:
        last = self._delays.get(name, 0.0)
        if ran_seconds >= _WELL_SECONDS or not last:
            delay = _FIRST_DELAY_SECONDS
        else:
            delay = min(last * 2, _LONGEST_DELAY_SECONDS)
        self._delays[name] = delay
        return delay


def stop_together(processes: Sequence[Process], hurried: Callable[[], bool]) -> None:
    """Ask all to stop, in this order; kill what still runs after 15 s, or 1 s after the person asked twice."""
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline and any(process.code is None for process in processes):
        if hurried():
            deadline = min(deadline, time.monotonic() + 1)
        time.sleep(0.02)
    for process in processes:
        if not process.finish(0):
            say(f"{process.program.name} did not stop in time and was killed")

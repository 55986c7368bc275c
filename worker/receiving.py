"""Whether this worker may receive: the last known answer of what operators want.

It is asked for every few seconds, off the event loop. A failure decides nothing: while the records can't be read, the
last answer holds; and since receiving is paused before a database is taken away, a pause is kept on the instance's own
disk for a worker that starts meanwhile. A drain is of one run, so there is nothing to keep of it.
"""

import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from uuid import UUID, uuid4

import structlog

from shared.domain.receiving import Reception, Wish, pause_of

log = structlog.get_logger(__name__)
SAY_SECONDS = 60.0
"""While paused, a line of the log so often: it tells the alarms that nobody polls, and why. See NoPollingAlarm."""


class Gate:
    """One for each run of a worker. Closed until the first look, so that a worker that starts in a pause asks for
    nothing."""

    def __init__(self, wishes: Callable[[], Mapping[str, Wish]], kept: Path) -> None:
        """`wishes` may raise; `kept` is the file that stands for a pause."""
        self.run: UUID = uuid4()
        self._wishes = wishes
        self._kept = kept
        self._looked = False
        self._paused = _is_kept(kept)
        self._drained = False
        self._failing = False
        self._said: float | None = None

    def is_open(self) -> bool:
        """Whether it may receive. Answers at once, on any thread."""
        return self._looked and not self._paused and not self._drained

    def look(self, name: str) -> None:
        """Ask anew, for the worker of this name."""
        try:
            wishes = self._wishes()
            self._failing = False
        except Exception as error:  # noqa: BLE001  # whatever it is, signs of life go on
            if not self._failing:
                log.warning("whether to receive can't be read; the last answer holds", error=str(error))
            self._failing = True
        else:
            mine = wishes.get(name)
            self._pause(pause_of(wishes) is not None)
            self._drain(mine is not None and mine.stopped and mine.run == self.run)
        self._looked = True
        self._say()

    def reception(self, *, holds_messages: bool) -> Reception:
        """What the worker does about it."""
        if self._drained:
            return Reception.DRAINING if holds_messages else Reception.DRAINED
        if self._paused:
            return Reception.PAUSING if holds_messages else Reception.PAUSED
        return Reception.RECEIVING

    def _pause(self, paused: bool) -> None:
        if paused is self._paused:
            return
        self._paused = paused
        if not paused:
            self._said = None
            log.warning("receiving goes on")
        try:
            if paused:
                os.close(os.open(self._kept, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600))
            else:
                self._kept.unlink(missing_ok=True)
        except OSError as error:
            log.warning("a restart would not know whether receiving is paused", error=str(error))

    def _drain(self, drained: bool) -> None:
        if drained is not self._drained:
            log.warning("this worker is drained" if drained else "this worker is no longer drained")
        self._drained = drained

    def _say(self) -> None:
        now = time.monotonic()
        if self._paused and (self._said is None or now - self._said >= SAY_SECONDS):
            self._said = now
            log.warning("receiving is paused by an operator")


def pause_file(heartbeat_file: Path) -> Path:
    """Beside the heartbeat's: one for each queue and user on this machine."""
    return heartbeat_file.with_name(heartbeat_file.name + "-paused")


def _is_kept(file: Path) -> bool:
    """A file of somebody else's in a folder that all may write to says nothing."""
    with suppress(FileNotFoundError):
        return file.lstat().st_uid == os.getuid()
    return False

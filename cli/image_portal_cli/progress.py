"""How far an upload is: a bar on a terminal, a line for each file elsewhere. On standard error, beside the report."""

import sys
import threading
from typing import TextIO

from image_portal_cli.entries import ALREADY_THERE, PUBLISHED, Entry

WIDTH = 28


class Progress:
    """Counts files that are finished. Threads may share it."""

    def __init__(self, *, quiet: bool = False, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr
        self._quiet = quiet
        self._bar = self._out.isatty()
        self._total = self._done = 0
        self._lock = threading.Lock()

    def begin(self, total: int) -> None:
        """So many files there are."""
        self._total = total
        self._draw()

    def note(self, text: str) -> None:
        """A line beside the progress."""
        if not self._quiet:
            self._line(text)

    def finished(self, entry: Entry) -> None:
        """One file more is finished. What went well isn't named where there is a bar."""
        with self._lock:
            self._done += 1
        if not self._quiet and not entry.earlier and not (self._bar and entry.status == PUBLISHED):
            more = entry.page_url if entry.status == ALREADY_THERE else entry.message
            self._line(f"{entry.status.replace('_', ' '):<10} {entry.path}{f': {more}' if more else ''}")
        self._draw()

    def end(self) -> None:
        """What follows begins on a line of its own."""
        if self._bar and not self._quiet and self._total:
            self._out.write("\n")

    def _line(self, text: str) -> None:
        with self._lock:
            self._out.write(f"\r\x1b[K{text}\n" if self._bar else f"{text}\n")
            self._out.flush()

    def _draw(self) -> None:
        if self._bar and not self._quiet and self._total:
            with self._lock:
                full = WIDTH * self._done // self._total
                self._out.write(
                    f"\r{'█' * full}{'░' * (WIDTH - full)} {self._done} of {self._total} files\x1b[K"
                )
                self._out.flush()

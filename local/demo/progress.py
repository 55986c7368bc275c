"""How far the demo is: a bar on a terminal, now and then a line elsewhere."""

import sys
import time

from local.console import say

WIDTH = 30


class Progress:
    """Counts what is finished of `total`."""

    def __init__(self, total: int, noun: str) -> None:
        self._total = total
        self._noun = noun
        self._said = 0.0
        self._drawn = False

    def show(self, done: int) -> None:
        """Say that so many are finished; elsewhere than on a terminal, every few seconds."""
        text = f"{done} of {self._total} {self._noun}"
        if sys.stdout.isatty():
            full = WIDTH * done // max(1, self._total)
            sys.stdout.write(f"\r  {'█' * full}{'░' * (WIDTH - full)} {text} ")
            sys.stdout.flush()
            self._drawn = True
        elif done == self._total or time.monotonic() - self._said > 5:
            say(f"  {text}")
            self._said = time.monotonic()

    def end(self) -> None:
        """What follows begins on a line of its own."""
        if self._drawn:
            say("")

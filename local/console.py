"""Lines for the person who typed make."""

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path


class LocalError(Exception):
    """The local stack can't go on; the text is one clear sentence (or a few lines) for people."""


def say(text: str) -> None:
    """Print one line at once. A reader who went away must not take the portal down with it."""
    with contextlib.suppress(OSError, ValueError):
        print(text, flush=True)


def complain(text: str) -> None:
    """Print one line to standard error at once."""
    with contextlib.suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """Print the title with the seconds its block took, once the block has succeeded."""
    begun = time.monotonic()
    yield
    say(f"  {title:<44} {time.monotonic() - begun:5.1f} s")


def tail(path: Path, lines: int = 15) -> str:
    """The last lines of a log (looking at its last 64 kB), indented, for an error message."""
    try:
        with path.open("rb") as log:
            log.seek(0, 2)
            log.seek(max(0, log.tell() - 65536))
            text = log.read().decode(errors="replace")
    except OSError:
        return "    (no log)"
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:]) or "    (empty log)"

"""Waiting for what was started: until it is ready, until it has done its work, until its address answers."""

import time
import urllib.error
import urllib.request
from collections.abc import Callable

from local.console import LocalError, tail
from local.process.process import Process, describe_exit
from local.process.program import Program

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def wait_until(
    condition: Callable[[], bool], process: Process, seconds: float, interrupted: Callable[[], None]
) -> None:
    """Wait until the condition holds; raises LocalError with the log's tail when the process ends or is late.

    `interrupted` is called every 20 ms and raises when the person wants to stop.
    """
    deadline = time.monotonic() + seconds
    name = process.program.name
    while not condition():
        interrupted()
        if process.code is not None:
            raise LocalError(
                f"{name} stopped while starting ({describe_exit(process.code)}). Its log, "
                f"{process.program.log}, ends with:\n{tail(process.program.log)}"
            )
        if time.monotonic() > deadline:
            raise LocalError(
                f"{name} was not ready after {seconds:.0f} s. Its log, {process.program.log}, ends with:\n"
                f"{tail(process.program.log)}"
            )
        time.sleep(0.02)


def run_to_end(program: Program, seconds: float, interrupted: Callable[[], None]) -> None:
    """Run a short program; raises LocalError with its log's tail unless it succeeds in time."""
    process = Process(program)
    try:
        wait_until(lambda: process.code == 0, process, seconds, interrupted)
    finally:
        process.stop(seconds=2)


def status_of(url: str) -> int:
    """The HTTP status that a GET of a loopback address answers; 0 when nothing answers within 5 s."""
    try:
        with _DIRECT.open(url, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return int(error.code)
    except (OSError, ValueError):
        return 0

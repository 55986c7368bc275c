"""How the portal is, as /ops shows it: once, for a person or cron; or again and again."""

import argparse
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count

from shared.operating.figures import QueueView, queue_view
from shared.parts import WorkerParts
from shared.ports.unavailable import Unavailable
from worker.ops.command import Answer, Command, Row, whole

WELL, NEEDS_A_PERSON, UNKNOWN = 0, 1, 2
UNKNOWN_WORD = "unknown"
FIGURES = (
    *("visible", "in_flight", "delayed", "oldest_age_seconds", "published_per_minute", "failed", "held"),
    *("dead_letters", "workers", "workers_well", "stalled", "paused"),
)
"""In the order in which they are told. None where the figure is unknown, and of an age also where nothing waits."""


def verdict(view: QueueView | None) -> tuple[int, str]:
    """The exit status for cron, and why in words."""
    if view is None:
        return UNKNOWN, "The database can't be reached; nothing is known."
    if view.stalled:
        return NEEDS_A_PERSON, "Something waits, and no worker is working."
    if view.pause and view.visible:
        return (
            NEEDS_A_PERSON,
            f"Something waits, and {view.pause.by.name} has paused receiving: {view.pause.why}",
        )
    if view.failed or view.dead_letters:
        return NEEDS_A_PERSON, "Uploads have failed and wait for an operator."
    if view.error:
        return UNKNOWN, view.error
    if view.pause:
        return WELL, "Receiving is paused by an operator; what comes waits."
    return WELL, "All is well."


def row(parts: WorkerParts) -> tuple[int, Row]:
    """Everything that is known now, with the verdict."""
    try:
        view = queue_view(parts)
    except Unavailable:
        view = None
    status, sentence = verdict(view)
    figures: dict[str, object] = dict.fromkeys(FIGURES)
    if view:
        told_by_view = set(FIGURES) - {"workers", "workers_well", "paused"}
        figures |= {name: getattr(view, name) for name in told_by_view}
        figures |= {"workers": len(view.workers), "workers_well": sum(not w.stale for w in view.workers)}
        figures["paused"] = view.pause is not None
        if view.error:
            figures["stalled"] = None
    return status, {"at": datetime.now(UTC), "status": status, "sentence": sentence, **figures}


def told(given: Row) -> str:
    """A figure a line."""
    names = {name: name.replace("_", " ") for name in FIGURES}
    width = max(map(len, names.values()))
    lines = [f"{text:<{width}}  {_value(given, name)}" for name, text in names.items()]
    return "\n".join([*lines, given["sentence"]])


def told_short(given: Row) -> str:
    """All of it in one line, cut where a terminal would break it."""
    figures = {name: _value(given, name) for name in FIGURES}
    line = (
        "{visible} waiting  {in_flight} in flight  {delayed} delayed  oldest {oldest_age_seconds}"
        "  {published_per_minute} a minute  {failed} failed  {held} held  {dead_letters} dead letters"
        "  {workers_well} of {workers} workers well"
    ).format(**figures)
    loud = "".join(f"{name.upper()}  " for name in ("stalled", "paused") if given[name])
    line = f"{given['at']:%H:%M:%S}  {loud}{line}"
    return line[: shutil.get_terminal_size().columns] if sys.stdout.isatty() else line


def _value(given: Row, name: str) -> str:
    value = given[name]
    if value is None:
        return "none" if name == "oldest_age_seconds" and given["visible"] is not None else UNKNOWN_WORD
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.0f} s" if name.endswith("_seconds") else f"{value:,}"


def _status(parts: WorkerParts, _given: argparse.Namespace) -> Answer:
    status, figures = row(parts)
    return Answer([figures], told, status)


def _watch(parts: WorkerParts, given: argparse.Namespace) -> Answer:
    return Answer(_forever(parts, given.every, given.times), told_short)


def _forever(parts: WorkerParts, every: float, times: int | None) -> Iterator[Row]:
    """Ends by Ctrl-C, which is no error; a second one interrupts what does not answer."""
    stopped = threading.Event()

    def stop(*_: object) -> None:
        stopped.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGINT, stop)
    for _ in range(times) if times else count():
        yield row(parts)[1]
        if stopped.wait(every):
            return


def _pace(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--every", type=_seconds, default=1.0, metavar="SECONDS", help="between two lines")
    parser.add_argument(
        "--times", type=whole(10**9), metavar="N", help="end after N lines, and not only by Ctrl-C"
    )


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= 3600:
        raise argparse.ArgumentTypeError("between 0 and 3600")
    return seconds


COMMANDS = (
    Command(
        "status", "how it is; exit code 0 well, 1 a person is needed, 2 unknown", lambda _: None, _status
    ),
    Command("watch", "a line a second of how it is, until Ctrl-C", _pace, _watch),
)

"""Will the queue clear? What `/ops` says, for a terminal."""

import argparse

from shared.domain.hindsight import hindsight
from shared.operating.forecasting import outlook
from shared.parts import WorkerParts
from worker.ops.command import Answer, Command, Row


def _forecast(parts: WorkerParts, _given: argparse.Namespace) -> Answer:
    told, before = outlook(parts), hindsight(parts.samples.recent())
    row: Row = {
        "state": told.outlook,
        "waiting": told.waiting,
        "seconds": told.seconds,
        "grows_per_minute": told.growth,
        "more_workers": told.more_workers,
        "arrivals_per_minute": told.pace.arrivals,
        "completions_per_minute": told.pace.capacity,
        "workers": told.pace.workers,
        "sentence": f"The queue {told.sentence}. {told.why}".strip(),
        "last_forecast": before.sentence if before else None,
    }
    return Answer([row], lambda r: "\n".join(filter(None, (r["sentence"], r["last_forecast"]))))


COMMANDS = (Command("forecast", "will the queue clear, and when", lambda _: None, _forecast),)

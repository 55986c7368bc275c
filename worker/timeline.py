"""An attempt's steps as they happen: lines for the upload's timeline, and for the log."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from shared import tracing
from shared.domain.refusals import Rejected
from shared.domain.uploads import Attempt, Event
from worker import steps
from worker.counters import STEPS

log = structlog.get_logger(__name__)


@dataclass
class Step:
    """A step at work; what it says of itself when all goes well."""

    result: str = "ok"


class Timeline:
    """Collects one event for each step of an attempt."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self.events: list[Event] = []

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Time a step and record how it ended; exceptions go on upward."""
        began, started = datetime.now(UTC), time.perf_counter()
        result = "interrupted"
        steps.at(name)
        try:
            step = Step()
            with tracing.span(name):
                yield step
            result = step.result
        except Rejected as refusal:
            result = f"rejected: {refusal.code}"
            raise
        except Exception as error:
            result = f"failed: {type(error).__name__}"
            raise
        finally:
            seconds = time.perf_counter() - started
            STEPS.labels(name).observe(seconds)
            ms = round(seconds * 1000)
            self.events.append(Event(began, name, self._attempt.number, self._attempt.worker, ms, result))
            log.info("step", step=name, attempt=self._attempt.number, ms=ms, result=result)

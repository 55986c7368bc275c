"""What the worker tier counts while it works; the tick application shows it to Prometheus."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Histogram

from shared import calls
from shared.domain.delivery import MAX_RECEIVE_COUNT, QUEUE_NAME
from shared.domain.refusals import Refusal
from shared.domain.uploads import State

DUPLICATE, CLEARED, AGAIN = "duplicate", "cleared", "again"
KINDS = (
    *("CatalogueUnavailable", "IdentityUnavailable", "QueueUnavailable", "StoreUnavailable"),
    *("ChildLost", "MemoryError", "OSError", "ProcessingError", "StagedBytesWrong", "StillThere"),
)
OTHER = "other"
CUT_OFF = "cut_off"
"""Why an upload gets another message: earlier attempts left no word."""
POLL_FAULTS = {"599": "unreached", "403": "denied", "429": "throttled"}

ENDED = Counter(
    "portal_attempts_ended_total",
    "Attempts that ended, by what became of the upload and why: a refusal's code, or an error's kind.",
    ["outcome", "reason"],
)
RECEIVES = Histogram(
    "portal_attempt_receives",
    "Attempts that began, by how often SQS had delivered the message by then: above 1 it came again.",
    ["queue"],
    buckets=(1, 2, 3, 4, 5),
)
WAITED = Histogram(
    "portal_queue_wait_seconds",
    "Time from a message's sending to its first delivery by SQS's clock, in seconds; the undo time is part of it.",
    ["queue"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14400, 86400),
)
STEPS = Histogram(
    "portal_step_seconds",
    "Time that a step of an attempt took, in seconds, by step.",
    ["step"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 45),
)
SWEEPS = Counter("portal_sweeps_total", "Sweeps, by whether they came to their end.", ["outcome"])
SWEPT = Counter("portal_swept_total", "Uploads that sweeps touched, by what they did.", ["did"])


def begin(receives: int, waited_seconds: float | None) -> None:
    """Count that an attempt begins; `waited_seconds` where SQS told it."""
    RECEIVES.labels(QUEUE_NAME).observe(receives)
    if receives == 1 and waited_seconds is not None:
        WAITED.labels(QUEUE_NAME).observe(waited_seconds)


def polled(seconds: float, fault: str | None) -> None:
    """Count a long poll: it is no call of a client's, but of Celery's event loop."""
    calls.call("sqs", "ReceiveMessage", seconds)
    if fault is not None:
        status = fault.removeprefix("HTTP ")[:3]
        calls.error("sqs", "ReceiveMessage", POLL_FAULTS.get(status, "server"))


class Outcome:
    """What becomes of one attempt: what was said last counts."""

    told = (OTHER, "")

    def is_(self, outcome: str, reason: str = "") -> None:
        """Say it."""
        self.told = outcome, reason


@contextmanager
def counted(receives: int) -> Iterator[Outcome]:
    """Count how an attempt ends, once: by an exception, or as it says itself. A killed one begins and does not end."""
    outcome = Outcome()
    try:
        yield outcome
    except Exception as error:
        ENDED.labels(State.FAILED if receives >= MAX_RECEIVE_COUNT else AGAIN, kind(error)).inc()
        raise
    ENDED.labels(*outcome.told).inc()


def kind(error: BaseException) -> str:
    """The error's class, or that of which it is one; of those alone that are known here."""
    return next((base.__name__ for base in type(error).__mro__ if base.__name__ in KINDS), OTHER)


def show_zeros() -> None:
    """Let what may happen be seen before it does: a rate needs a value from before the first time."""
    for outcome in (*(s for s in State if s.closed and s is not State.REJECTED), DUPLICATE, CLEARED):
        ENDED.labels(outcome, "")
    ENDED.labels(AGAIN, CUT_OFF)
    for reason in (*KINDS, OTHER):
        ENDED.labels(State.FAILED, reason)
        ENDED.labels(AGAIN, reason)
    for refusal in Refusal:
        ENDED.labels(State.REJECTED, refusal)
    RECEIVES.labels(QUEUE_NAME)
    WAITED.labels(QUEUE_NAME)
    for outcome in ("done", "stopped"):
        SWEEPS.labels(outcome)

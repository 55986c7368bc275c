"""What is done every minute: the sweep over uploads, a sample of the queue, then the next steps of accounts that are
being deleted."""

from shared.operating.forecasting import Walked, take_sample
from shared.parts import WorkerParts
from worker.closing import close_accounts
from worker.sweep.sweep import Sweep, SweepReport


def heal(parts: WorkerParts) -> SweepReport:
    """Do all of it. Raises Unavailable when a part of the world is away: the next minute goes on, and the sample says
    what was unknown."""
    sweep = Sweep(parts.store, parts.queue, parts.uploads, parts.recovery, parts.erasing)
    walked = None
    try:
        report = sweep.run()
        walked = Walked(report.oldest_seconds, sweep.load())
    finally:
        take_sample(parts, walked)
    report.closed = close_accounts(parts)
    return report

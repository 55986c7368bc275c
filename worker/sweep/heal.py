"""What is done every minute: the sweep over uploads, then the next steps of accounts that are being deleted."""

from shared.domain.receiving import received_for
from shared.parts import WorkerParts
from worker.closing import close_accounts
from worker.sweep.sweep import Sweep, SweepReport


def heal(parts: WorkerParts) -> SweepReport:
    """Do both. Raises Unavailable when a part of the world is away: the next minute goes on."""
    sweep = Sweep(parts.store, parts.queue, parts.uploads, parts.recovery, parts.erasing)
    report = sweep.run(received_for(parts.receiving.wishes()))
    report.closed = close_accounts(parts)
    return report

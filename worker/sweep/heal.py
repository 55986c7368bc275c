"""What is done every minute: the sweep over uploads, then the next steps of accounts that are being deleted."""

from shared.domain.receiving import received_for
from shared.parts import WorkerParts
from shared.ports.unavailable import Unavailable
from worker.closing import close_accounts
from worker.counters import SWEEPS, SWEPT
from worker.sweep.sweep import Sweep, SweepReport

TOUCHED = ("requeued", "failed", "cleared", "abandoned", "erasing")


def heal(parts: WorkerParts) -> SweepReport:
    """Do both. Raises Unavailable when a part of the world is away: the next minute goes on."""
    sweep = Sweep(parts.store, parts.queue, parts.uploads, parts.recovery, parts.erasing)
    try:
        report = sweep.run(received_for(parts.receiving.wishes()))
        report.closed = close_accounts(parts)
    except Unavailable:
        SWEEPS.labels("stopped").inc()
        raise
    SWEEPS.labels("done").inc()
    for did in TOUCHED:
        SWEPT.labels(did).inc(getattr(report, did))
    return report

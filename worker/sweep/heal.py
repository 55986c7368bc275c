"""What is done every minute: the sweep over uploads, the next steps of accounts that are being deleted, and a part of
the comparison of S3 and MySQL."""

from shared.domain.receiving import received_for
from shared.parts import WorkerParts
from shared.ports.unavailable import Unavailable
from worker.closing import close_accounts
from worker.consistency import keep_consistent
from worker.counters import SWEEPS, SWEPT
from worker.sweep.sweep import Sweep, SweepReport

TOUCHED = ("requeued", "failed", "cleared", "abandoned", "erasing")


def heal(parts: WorkerParts) -> SweepReport:
    """Do all of it. Raises Unavailable when a part of the world is away: the next minute goes on."""
    sweep = Sweep(parts.store, parts.queue, parts.uploads, parts.recovery, parts.erasing)
    try:
        report = sweep.run(received_for(parts.receiving.wishes()))
        report.closed = close_accounts(parts)
        keep_consistent(parts)
    except Unavailable:
        SWEEPS.labels("stopped").inc()
        raise
    SWEEPS.labels("done").inc()
    for did in TOUCHED:
        SWEPT.labels(did).inc(getattr(report, did))
    return report

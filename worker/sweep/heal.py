"""What is done every minute: the sweep over uploads, the next steps of accounts that are being deleted, then what has
time (renditions that are made anew, those that nobody needs any more, and a part of the comparison of S3 and MySQL),
and last a sample of the queue."""

from dataclasses import replace

from shared.domain.receiving import received_for
from shared.operating.forecasting import Walked, take_sample
from shared.parts import WorkerParts
from shared.ports.unavailable import Unavailable
from worker.closing import close_accounts
from worker.consistency import keep_consistent
from worker.counters import SWEEPS, SWEPT
from worker.reingest import drip, remove_given_up
from worker.sweep.sweep import Sweep, SweepReport

TOUCHED = ("requeued", "failed", "cleared", "abandoned", "erasing")


def heal(parts: WorkerParts) -> SweepReport:
    """Do all of it. Raises Unavailable when a part of the world is away: the next minute goes on, and the sample says
    what was unknown."""
    sweep = Sweep(parts.store, parts.queue, parts.uploads, parts.recovery, parts.erasing)
    walked = None
    try:
        beside = parts.reingest.under_way()
        report = sweep.run(received_for(parts.receiving.wishes()), beside=beside)
        walked = Walked(report.oldest_seconds, sweep.load(), sweep.waiting + report.due + beside)
        report.closed = close_accounts(parts)
        report.renditions_removed = remove_given_up(parts)
        report.reingesting = drip(parts)
        walked = replace(walked, awaited=walked.awaited + report.reingesting)
        keep_consistent(parts)
    except Unavailable:
        SWEEPS.labels("stopped").inc()
        raise
    finally:
        take_sample(parts, walked)
    SWEEPS.labels("done").inc()
    for did in TOUCHED:
        SWEPT.labels(did).inc(getattr(report, did))
    return report

"""What is done every minute: the sweep over uploads, the next steps of accounts that are being deleted, and a part of
the comparison of S3 and MySQL."""

from shared.parts import WorkerParts
from worker.closing import close_accounts
from worker.consistency import keep_consistent
from worker.sweep.sweep import Sweep, SweepReport


def heal(parts: WorkerParts) -> SweepReport:
    """Do all of it. Raises Unavailable when a part of the world is away: the next minute goes on."""
    sweep = Sweep(parts.store, parts.queue, parts.uploads, parts.recovery, parts.erasing)
    report = sweep.run()
    report.closed = close_accounts(parts)
    keep_consistent(parts)
    return report

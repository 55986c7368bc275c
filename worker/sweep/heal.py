"""What is done every minute: the sweep over uploads, the next steps of accounts that are being deleted, and last what
has time: renditions that are made anew, and those that nobody needs any more."""

from shared.domain.receiving import received_for
from shared.parts import WorkerParts
from worker.closing import close_accounts
from worker.reingest import drip, remove_given_up
from worker.sweep.sweep import Sweep, SweepReport


def heal(parts: WorkerParts) -> SweepReport:
    """Do all of it. Raises Unavailable when a part of the world is away: the next minute goes on."""
    sweep = Sweep(parts.store, parts.queue, parts.uploads, parts.recovery, parts.erasing)
    report = sweep.run(received_for(parts.receiving.wishes()), beside=parts.reingest.under_way())
    report.closed = close_accounts(parts)
    report.renditions_removed = remove_given_up(parts)
    report.reingesting = drip(parts)
    return report

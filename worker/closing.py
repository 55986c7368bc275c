"""Deleting accounts: everything after the commit point, which the web tier has written (shared/ports/closing.py).

Every step may run twice, beside itself, or be cut off anywhere; the provider's account goes last, so that its name
stays taken until nothing is left under it. The bytes are erased by the messages that the sweep sends (worker/erase.py).
"""

from uuid import UUID

import structlog

from shared.parts import WorkerParts
from shared.ports.closing import ClosingAccount
from shared.ports.unavailable import Unavailable
from shared.staging import Staging

log = structlog.get_logger(__name__)
ACCOUNTS = 100  # in one sweep
BATCH = 100  # uploads in one transaction


def close_accounts(parts: WorkerParts) -> int:
    """Go on with each account whose deletion has begun; returns how many are done. One that can't be completed now is
    left to the next sweep, and keeps no other waiting."""
    done = 0
    for account in parts.closing.under_way(ACCOUNTS):
        try:
            close(account, parts)
        except Unavailable as error:
            log.warning("an account is not deleted yet", owner=str(account.owner), error=str(error))
        else:
            log.info("an account is deleted", owner=str(account.owner))
            done += 1
    return done


def close(account: ClosingAccount, parts: WorkerParts) -> None:
    """Everything of one account. Raises Unavailable, and then may be repeated."""
    while parts.closing.take_back(account.owner, BATCH):
        pass
    take_back_staged(account.owner, parts)
    parts.downloads.forget(account.owner)
    parts.closing.forget(account.owner)
    parts.account_removal.remove(account.username, account.owner)
    parts.closing.done(account.owner)


def take_back_staged(owner: UUID, parts: WorkerParts) -> None:
    """What was accepted and has no record yet. What is accepted later is taken back by the attempt that begins."""
    staging = Staging(parts.store)
    accepted = staging.accepted_by(owner)
    known = parts.uploads.find_many(accepted)
    for upload_id in accepted:
        if upload_id not in known and (manifest := staging.manifest(owner, upload_id)):
            parts.closing.take_back_staged(manifest)

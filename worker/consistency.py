"""What the tick does about consistency: repairs that operators asked for, then a part of the comparison."""

import secrets
import socket
import time
from datetime import UTC, datetime
from pathlib import PurePosixPath
from uuid import UUID

import structlog

from shared.domain.consistency import Check, FindingState
from shared.domain.failures import told
from shared.domain.refusals import Rejected
from shared.domain.uploads import Attempt
from shared.operating.consistency import check_a_while
from shared.operating.repairing import repair
from shared.operating.standing import digest_of
from shared.parts import WorkerParts
from shared.ports.inventory import Named
from shared.ports.unavailable import Unavailable
from worker.imaging import Limits, process

CHECK_SECONDS, REPAIR_SECONDS = 12.0, 6.0  # of each tick, while there is work: sqsd waits 30 s for its answer
CLAIM_SECONDS = 300  # longer than any repair takes: a rendition made anew is the longest
log = structlog.get_logger(__name__)


def keep_consistent(parts: WorkerParts) -> Check | None:
    """Repair what is asked for, then go on with the check. Raises Unavailable when a part of the world is away."""
    repair_asked(parts, seconds=REPAIR_SECONDS)
    return check_a_while(parts, seconds=CHECK_SECONDS)


def repair_asked(parts: WorkerParts, *, seconds: float | None = None, only: UUID | None = None) -> int:
    """Do what operators asked for, for about so long, or until nothing waits; returns how much was done.

    `only`: stop when this act has nothing waiting."""
    holder, done, until = secrets.token_hex(16), 0, time.monotonic() + (seconds or 0)
    while seconds is None or time.monotonic() < until:
        claimed = parts.findings.claim(holder, CLAIM_SECONDS)
        if claimed is None:
            return done
        act, finding = claimed
        attempt = Attempt(0, socket.gethostname(), datetime.now(UTC))
        try:
            state, words = repair(finding, parts, attempt, lambda named, key: remake(parts, named, key))
        except Unavailable:
            raise  # it is done again when its claim is over
        except Exception as error:
            log.exception("the repair failed", finding=str(finding.id))
            state, words = FindingState.FAILED, told(error)
        parts.findings.settle(act, finding.id, state, words)
        log.info(
            "repair", finding=str(finding.id), subject=finding.suspect.subject, outcome=state, told=words
        )
        done += 1
        came = parts.findings.act(act)
        if came and not came.waiting:
            counts = {"repaired": came.repaired, "gone": came.gone, "failed": came.failed}
            parts.operator_acts.end(act, counts)
            if act == only:
                return done
    return done


def remake(parts: WorkerParts, named: Named, key: str) -> bool:
    """Make one rendition from the original as it is stored; False when that isn't in order, or makes no such one."""
    if digest_of(parts.store, named.original_key) != named.sha256:
        return False
    original = parts.store.get(named.original_key)
    if original is None:
        return False
    try:
        made = process(original, Limits())
    except Rejected:
        return False
    kinds = {"previews": made.preview, "tiles": made.tile, "thumbnails": made.thumbnail}
    path = PurePosixPath(key)
    rendition = kinds.get(path.parts[0])
    if rendition is None or rendition.format.extension != path.suffix.removeprefix("."):
        return False
    parts.store.put(key, rendition.data, rendition.format.media_type, cache=True)
    return True

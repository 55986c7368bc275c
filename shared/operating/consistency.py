"""Compares S3 and MySQL, a bounded time at once: whoever has the lease goes on where the last one stopped."""

import secrets
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import structlog

from shared.domain.consistency import EVERY, MOST, Check, Phase, Suspect
from shared.operating.parts import CheckingParts
from shared.operating.passes import PASSES, Step

LEASE_SECONDS = 180
"""Far longer than a step takes. When a worker dies at it, the check rests for so long."""
log = structlog.get_logger(__name__)


def check_a_while(parts: CheckingParts, *, seconds: float) -> Check | None:
    """Go on for about so long with the check that is running; begins one when it is time for it.

    Returns the check as it stands, None when there is none to go on with, or another worker is at it. Raises
    Unavailable when a part of the world is away: the next tick goes on from the last step.
    """
    parts.checks.start_if_due(EVERY)
    holder = secrets.token_hex(16)
    check = parts.checks.lease(holder, LEASE_SECONDS)
    if check is None:
        return None
    try:
        return _go_on(check, holder, parts, time.monotonic() + seconds)
    finally:
        parts.checks.release(check.id, holder)


def _go_on(check: Check, holder: str, parts: CheckingParts, until: float) -> Check | None:
    for phase in list(Phase)[list(Phase).index(check.phase) :]:
        if phase is not check.phase:
            check = replace(check, phase=phase, cursor="")
        for step in PASSES[phase](check, parts, until):
            check, kept = _after(check, step)
            if not parts.checks.save(check, holder, LEASE_SECONDS, kept):
                log.warning("another worker goes on with the check", check=str(check.id))
                return None
            if time.monotonic() >= until:
                return check
    if not parts.checks.end(check, holder):
        return None
    log.info("S3 and MySQL are compared", check=str(check.id), **check.looked)
    return parts.checks.last()


def _after(check: Check, step: Step) -> tuple[Check, Sequence[Suspect]]:
    """The check with a step's counts, and what of its findings is kept."""
    kept = step.found[: max(MOST - check.kept, 0)]
    beyond = Counter(str(suspect.fault) for suspect in step.found[len(kept) :])
    after = replace(
        check,
        cursor=step.cursor,
        looked=dict(Counter(check.looked) + step.looked),
        kept=check.kept + len(kept),
        beyond=dict(Counter(check.beyond) + beyond),
    )
    return after, kept

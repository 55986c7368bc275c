"""Renditions made anew from a published original: one picture, and the drip that has workers take the next.

A picture may be begun twice, or be cut off anywhere: the new objects have keys of their own, and the record names them,
all at once, in the transaction that counts the picture. Until then the old ones are shown; after it they are kept for
as long as pages and signed addresses of them may be about.
"""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import structlog

from shared.domain import keys
from shared.domain.delivery import STALE_AFTER_SECONDS
from shared.domain.failures import told
from shared.domain.images import RECIPE, Image, Rendition
from shared.domain.receiving import pause_of
from shared.domain.refusals import Rejected
from shared.domain.reingest import MOST_TRIES, Outcome
from shared.domain.uploads import Attempt
from shared.parts import WorkerParts
from shared.ports.reingest import Turn
from shared.ports.unavailable import Unavailable
from worker.imaging import Limits, Processed, process
from worker.imaging.renditions import Rendition as Rendered
from worker.timeline import Timeline

log = structlog.get_logger(__name__)
GIVEN_UP_AT_ONCE = 1000


class Unfit(Exception):
    """The original is not what it was when it was published: nothing can be made of it."""


def reingest(upload_id: UUID, attempt: Attempt, parts: WorkerParts, limits: Limits) -> Outcome | None:
    """Make one picture's renditions anew if a run waits for it, and have the next one begin, unless a part of the world
    is away. Returns what became of it; None when it wasn't this attempt's."""
    turn = parts.reingest.begin(upload_id)
    became = remake(turn, attempt, parts, limits) if turn else None
    if turn and not became:
        return None
    try:
        drip(parts)
    except Unavailable as error:
        log.warning("the next picture waits for the next tick", error=str(error))
    return became


def remake(turn: Turn, attempt: Attempt, parts: WorkerParts, limits: Limits) -> Outcome | None:
    """Make one picture's renditions anew; returns what became of it. Raises what is worth another delivery."""
    timeline, put = Timeline(attempt), set[str]()
    try:
        with timeline.step("re-ingest") as step:
            made, reason = _tried(turn, parts, limits, put)
            if reason:
                outcome, step.result = Outcome.FAILED, f"they stay as they were: {reason}"
            elif made.rendition_keys == turn.image.rendition_keys:
                outcome, step.result = Outcome.UNCHANGED, "unchanged"
            else:
                outcome, step.result = Outcome.MADE, f"{len(put)} renditions made anew"
    except Unavailable as error:
        log.warning("a picture waits for its renditions, as a part of the world is away", error=str(error))
        parts.reingest.give_back(turn)
        return None
    return parts.reingest.settle(turn, outcome, made, put, reason, timeline.events)


def _tried(turn: Turn, parts: WorkerParts, limits: Limits, put: set[str]) -> tuple[Image, str]:
    """The record as it is to be, or as it is with a reason. Raises Unavailable, and what is worth another try."""
    try:
        return _made(turn, parts, limits, put), ""
    except Unfit as error:
        return turn.image, str(error)
    except Rejected as refusal:
        return turn.image, f"It was published, and would be refused by now: {refusal.message}"
    except Unavailable:
        raise
    except Exception as error:
        if turn.tries < MOST_TRIES:
            raise
        log.exception("renditions can't be made anew")
        return turn.image, told(error)


def _made(turn: Turn, parts: WorkerParts, limits: Limits, put: set[str]) -> Image:
    """The record as it is to be. `put` has every key under which something is stored now that was not."""
    image = turn.image
    data = parts.store.get(image.original_key)
    if data is None:
        raise Unfit("Its original is missing.")
    if hashlib.sha256(data).hexdigest() != image.sha256:
        raise Unfit("Its original is not what was published: the digest is another one.")
    processed = process(data, limits)
    if (processed.width, processed.height) != (image.width, image.height):
        raise Unfit(
            f"It would be {processed.width} × {processed.height} now, not {image.width} × {image.height}."
        )
    return _stored(turn, processed, parts, put)


def _stored(turn: Turn, processed: Processed, parts: WorkerParts, put: set[str]) -> Image:
    image = turn.image

    def stored(kind: keys.Kind, before: Rendition | None, now: Rendered) -> Rendition:
        if before and parts.store.get(before.key) == now.data:
            return before
        key = keys.remade_key(kind, image.original_key, turn.run_id, now.data, now.format)
        put.add(key)  # before it is there: cut off in between, it is still to be given up
        parts.store.put(key, now.data, now.format.media_type, cache=True)
        return Rendition(key, now.width, now.height)

    return replace(
        image,
        preview=stored("previews", image.preview, processed.preview),
        tile=stored("tiles", image.tile, processed.tile) if processed.tile else None,
        thumbnail=stored("thumbnails", image.thumbnail, processed.thumbnail),
        colour=processed.colour,
        placeholder=processed.placeholder,
        fingerprint=processed.fingerprint,
        recipe=RECIPE,
    )


def drip(parts: WorkerParts) -> int:
    """Send messages for pictures that wait, while no message waits on the queue and workers receive; returns how
    many.

    No more are under way than there are workers: whoever uploads something meanwhile waits for one picture at most.
    """
    if pause_of(parts.receiving.wishes()) or parts.queue.depth().visible:
        return 0
    now = datetime.now(UTC)
    ages = [(now - worker.last_heartbeat_at).total_seconds() for worker in parts.operations.workers(now)]
    taken = parts.reingest.take(max(1, sum(age < STALE_AFTER_SECONDS for age in ages)))
    for owner, image_id in taken:
        parts.queue.send(owner, image_id)
    return len(taken)


def remove_given_up(parts: WorkerParts) -> int:
    """Remove renditions that no record has named for long; returns how many. Versions are left to the bucket's own
    rule: a database that is restored to an earlier moment may name them again."""
    given_up = parts.reingest.given_up(GIVEN_UP_AT_ONCE)
    parts.store.delete(given_up)
    parts.reingest.forget(given_up)
    return len(given_up)

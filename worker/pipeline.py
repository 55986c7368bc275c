"""Steps 5 to 11 of an upload's way: from a staged upload to a published image, or a recorded refusal.

Every step may run twice, or be cut off anywhere: keys are a function of the manifest, the record is unique on the
upload id, and staging is cleared last. What is or looks like a removed picture is held for a moderator, and keeps its
bytes. What was taken back is left as it is, for the erase step (worker/erase.py).
`Rejected` is the file's fault and final; any other exception leaves the message on the queue, and SQS delivers it
again.
"""

import hashlib
from datetime import UTC, datetime
from uuid import UUID

import structlog

from shared.domain import keys
from shared.domain.delivery import MAX_RECEIVE_COUNT
from shared.domain.failures import told
from shared.domain.images import RECIPE, Image, Rendition
from shared.domain.manifest import Manifest
from shared.domain.quota import UNLIMITED, Quota
from shared.domain.refusals import Refusal, Rejected
from shared.domain.terms import hashtags, terms_of
from shared.domain.uploads import Attempt, State
from shared.ports.attempts import Attempts
from shared.ports.object_store import ObjectStore
from shared.staging import Staging
from worker.counters import CLEARED, DUPLICATE, Outcome
from worker.imaging import Limits, Processed, process
from worker.imaging.renditions import Rendition as Rendered
from worker.timeline import Timeline

log = structlog.get_logger(__name__)


class StagedBytesWrong(Exception):
    """Transient: staging does not hold the bytes that the manifest names."""


def ingest(
    owner: UUID,
    upload_id: UUID,
    attempt: Attempt,
    *,
    store: ObjectStore,
    attempts: Attempts,
    limits: Limits,
    outcome: Outcome,
    quota: Quota = UNLIMITED,
) -> str:
    """Bring one upload to its end; returns what it is now, and gives `outcome` what is counted of it. Raises what is
    worth another attempt."""
    staging = Staging(store)
    manifest = staging.manifest(owner, upload_id)
    if manifest is None:
        outcome.is_(CLEARED)
        return CLEARED  # a late duplicate: an earlier attempt has finished and cleared staging
    if (state := attempts.begin(manifest, attempt)).closed:
        outcome.is_(DUPLICATE)
        return end(store, manifest, state)

    timeline = Timeline(attempt)
    try:
        with timeline.step("fetch"):
            data = fetch(staging, manifest)
        with timeline.step("validate"):
            processed = process(data, limits)
        with timeline.step("publish"):
            image = publish(store, manifest, processed)
        terms = terms_of(
            image.username, image.filename, image.caption, image.licence, image.width, image.height
        )
        state = attempts.publish(image, terms, attempt, timeline.events, quota, manifest.album)
        outcome.is_(state, Refusal.OVER_QUOTA if state is State.REJECTED else "")
    except Rejected as refusal:
        state = attempts.reject(upload_id, attempt, refusal.code, refusal.message, timeline.events)
        outcome.is_(state, refusal.code if state is State.REJECTED else "")
    except Exception as error:
        log.exception("the attempt failed", attempt=attempt.number)
        if attempt.number >= MAX_RECEIVE_COUNT:
            attempts.fail(upload_id, attempt, told(error))
        else:
            attempts.note(upload_id, timeline.events)
        raise
    return end(store, manifest, state)


def fetch(staging: Staging, manifest: Manifest) -> bytes:
    """The received bytes, checked against the manifest."""
    data = staging.bytes_of(manifest)
    if data is None or not manifest.describes(data):
        raise StagedBytesWrong(
            f"staging holds {'nothing' if data is None else len(data)} at {manifest.staged_key}"
        )
    return data


def publish(store: ObjectStore, manifest: Manifest, processed: Processed) -> Image:
    """Put original and renditions under their unique keys; returns the record that names them."""
    original_key = keys.final_key("images", manifest, processed.format)
    store.put(original_key, processed.original, processed.format.media_type, cache=True)
    stored: dict[keys.Kind, Rendition] = {}
    made: dict[keys.Kind, Rendered | None] = {
        "previews": processed.preview,
        "tiles": processed.tile,
        "thumbnails": processed.thumbnail,
    }
    for kind, rendition in made.items():
        if rendition is None:
            continue
        key = keys.final_key(kind, manifest, rendition.format)
        store.put(key, rendition.data, rendition.format.media_type, cache=True)
        stored[kind] = Rendition(key, rendition.width, rendition.height)
    return Image(
        id=manifest.upload_id,
        owner=manifest.owner,
        username=manifest.username,
        filename=manifest.filename,
        caption=manifest.caption,
        hashtags=hashtags(manifest.caption),
        licence=manifest.licence,
        format=processed.format.name,
        content_type=processed.format.media_type,
        width=processed.width,
        height=processed.height,
        size_bytes=len(processed.original),
        sha256=hashlib.sha256(processed.original).hexdigest(),
        colour=processed.colour,
        placeholder=processed.placeholder,
        frames=processed.frames,
        original_key=original_key,
        preview=stored["previews"],
        tile=stored.get("tiles"),
        thumbnail=stored["thumbnails"],
        uploaded_at=manifest.accepted_at,
        published_at=datetime.now(UTC),
        uploaded_sha256=manifest.sha256,
        fingerprint=processed.fingerprint,
        recipe=RECIPE,
    )


def end(store: ObjectStore, manifest: Manifest, state: State) -> State:
    """Remove what staging holds of a finished upload, unless it was taken back: its owner may undo that. Of what was
    rejected nothing stays: it may have been put in its place before its record was refused."""
    if state is State.REJECTED:
        prefixes = keys.final_prefixes(manifest.filename, manifest.accepted_at, manifest.upload_id)
        store.erase(version for prefix in prefixes for version in store.versions(prefix))
    staging = Staging(store)
    if state.finished and not state.gone and (staged := staging.find(manifest.owner, manifest.upload_id)):
        staging.clear(staged)
    return state

"""All that is known of one upload, wherever it is on its way: the same for page, API and terminal.

Each part (record, timeline, image, manifest, objects) is asked for by itself, and is unknown by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import structlog

from shared.domain.images import Image
from shared.domain.manifest import Manifest, ManifestError
from shared.domain.operator_acts import Operator
from shared.domain.transitions import Stop, way_of
from shared.domain.uploads import Event, State, Upload
from shared.operating.finding import UNSEEN, accepted, owner_in, refused, staged_ids
from shared.operating.known import Asking, Known
from shared.operating.message import Message, message_of
from shared.operating.parts import OperatingParts
from shared.operating.stored import Compared, Stored, compared, stored_of
from shared.ports.object_store import StoreUnavailable
from shared.ports.unavailable import CatalogueUnavailable
from shared.refused import RefusedFile, RefusedFiles
from shared.staging import Staging

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class UploadTimeline:
    """`upload` is None while nobody can tell. `begun`: there is a record; `at_once`: it was refused at once and never
    accepted. `manifest` is the text as it is stored, None where there is none (any more). While the record is unknown,
    `upload` is what staging tells, its state is unknown, and so are message and way."""

    id: UUID
    owner: UUID | None
    upload: Upload | None
    begun: bool
    at_once: bool
    record: Known[Upload | None]
    events: Known[list[Event]]
    image: Known[Image | None]
    manifest: Known[bytes | None]
    objects: Known[list[Stored]]
    message: Message | None
    way: Sequence[Stop]

    @property
    def may_act(self) -> bool:
        """Whether an operator can send it again or discard it."""
        return self.begun and self.upload is not None and self.upload.status is State.FAILED


def timeline_of(
    parts: OperatingParts, by: Operator, upload_id: UUID, owner: UUID | None = None
) -> UploadTimeline | None:
    """None when nobody knows the id, and every part could be asked. `owner`, when it is known, spares a walk through
    staging. Whoever looks is logged."""
    log.info("an upload was looked at", upload_id=str(upload_id), operator=by.name, way=by.way)
    asking = Asking()
    record, manifest, note, complete = _traces(parts, asking, upload_id, owner)
    upload, whose = record.value, None
    if upload:
        whose = upload.owner
    elif manifest.value:
        whose, accepted_as = manifest.value
        upload = accepted(whose, upload_id, accepted_as)
    elif note.value:
        whose, noted = note.value
        upload = refused(noted, whose)
    elif not (record.unknown or manifest.unknown) and complete:
        return None

    begun, at_once = record.value is not None, manifest.value is None and note.value is not None
    told = not (at_once or record.unknown)
    events: Known[list[Event]] = asking.ask(
        CatalogueUnavailable, [], partial(_events, parts, upload_id, begun)
    )
    image: Known[Image | None] = asking.ask(
        CatalogueUnavailable, None, partial(_image, parts, upload_id, begun)
    )
    text = manifest.value[1] if manifest.value else None
    objects: Known[list[Stored]] = asking.ask(
        StoreUnavailable, [], partial(_objects, parts, upload_id, whose, upload, text, image.value)
    )
    unseen = None if complete else UNSEEN
    return UploadTimeline(
        id=upload_id,
        owner=whose,
        upload=upload,
        begun=begun,
        at_once=at_once,
        record=record,
        events=events,
        image=image,
        manifest=Known(text, manifest.unknown or unseen),
        objects=Known(objects.value, objects.unknown or (unseen if whose is None else None)),
        message=None if upload is None or not told else message_of(upload, begun=begun),
        way=() if upload is None or not told or events.unknown else way_of(upload, events.value),
    )


def compare(
    parts: OperatingParts, by: Operator, upload_id: UUID, owner: UUID | None = None
) -> list[Compared] | None:
    """Read what is stored and has a recorded digest; None when nobody knows the upload. Raises Unavailable."""
    log.info("an upload was compared", upload_id=str(upload_id), operator=by.name, way=by.way)
    upload = parts.uploads.find(upload_id)
    whose = upload.owner if upload else owner or owner_in(staged_ids(parts.store), upload_id)[0]
    text = Staging(parts.store).manifest_text(whose, upload_id) if whose else None
    if upload is None and text is None:
        return None
    image = parts.images.with_hidden([upload_id]).get(upload_id)
    return list(compared(parts.store, readable(text), image))


def readable(text: bytes | None) -> Manifest | None:
    """A manifest that can be read."""
    try:
        return Manifest.from_json(text) if text is not None else None
    except ManifestError:
        return None


Trace = tuple[
    Known[Upload | None], Known[tuple[UUID, bytes] | None], Known[tuple[UUID, RefusedFile] | None], bool
]


def _traces(parts: OperatingParts, asking: Asking, upload_id: UUID, owner: UUID | None) -> Trace:
    """Record, manifest and note, the latter two with their owner; and whether all was looked through.

    A worker may finish it between two looks, and clear staging: then the record is looked for once more.
    """
    find = partial(asking.ask, CatalogueUnavailable, None, lambda: parts.uploads.find(upload_id))
    record: Known[Upload | None] = find()
    whose = record.value.owner if record.value else owner
    nothing: tuple[UUID, bytes] | None = None
    manifest = asking.ask(StoreUnavailable, nothing, partial(_manifest, parts, upload_id, whose))
    complete = True
    if record.value is None and manifest.value is None and not manifest.unknown:
        nobody: tuple[UUID | None, bool] = (None, True)
        walked = asking.ask(StoreUnavailable, nobody, lambda: owner_in(staged_ids(parts.store), upload_id))
        found, complete = walked.value
        manifest = asking.ask(StoreUnavailable, nothing, partial(_manifest, parts, upload_id, found))
        if manifest.value is None:
            record = find()
            whose = record.value.owner if record.value else owner
    no_note: tuple[UUID, RefusedFile] | None = None
    note = Known(no_note)
    if record.value is None and manifest.value is None:
        noted = asking.ask(StoreUnavailable, (no_note, True), partial(_note, parts, upload_id, whose))
        note, complete = Known(noted.value[0]), complete and noted.value[1]
    return record, manifest, note, complete


def _manifest(parts: OperatingParts, upload_id: UUID, owner: UUID | None) -> tuple[UUID, bytes] | None:
    text = Staging(parts.store).manifest_text(owner, upload_id) if owner else None
    return (owner, text) if owner and text is not None else None


def _note(
    parts: OperatingParts, upload_id: UUID, owner: UUID | None
) -> tuple[tuple[UUID, RefusedFile] | None, bool]:
    """A note with its owner, and whether all were looked through."""
    if owner and (note := RefusedFiles(parts.store, owner).find(upload_id)):
        return (owner, note), True
    whose, complete = owner_in(RefusedFiles.everybodys(parts.store), upload_id)
    note = RefusedFiles(parts.store, whose).find(upload_id) if whose else None
    return ((whose, note) if whose and note else None), complete


def _events(parts: OperatingParts, upload_id: UUID, begun: bool) -> list[Event]:
    return parts.uploads.events(upload_id) if begun else []


def _image(parts: OperatingParts, upload_id: UUID, begun: bool) -> Image | None:
    return parts.images.with_hidden([upload_id]).get(upload_id) if begun else None


def _objects(
    parts: OperatingParts,
    upload_id: UUID,
    owner: UUID | None,
    upload: Upload | None,
    manifest: bytes | None,
    image: Image | None,
) -> list[Stored]:
    if owner is None:
        return []
    named = (upload.filename, upload.accepted_at) if upload and upload.filename else None
    return stored_of(parts.store, owner, upload_id, named=named, manifest=readable(manifest), image=image)

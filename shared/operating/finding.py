"""Which uploads did an operator mean? By id, reference, owner, name or digest: for page, API and terminal."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import structlog

from shared.domain.ids import made_at, parse_id
from shared.domain.manifest import Manifest, ManifestError
from shared.domain.operator_acts import Operator
from shared.domain.uploads import State, Upload
from shared.operating.known import Asking, Known
from shared.operating.parts import OperatingParts
from shared.ports.object_store import ObjectStore, StoreUnavailable
from shared.ports.unavailable import CatalogueUnavailable
from shared.refused import RefusedFile, RefusedFiles
from shared.staging import Staging

log = structlog.get_logger(__name__)
MOST_WALKED = 20_000
"""Uploads in staging, and notes beside it, that one look goes through for an id without a record."""
UNSEEN = "Unknown: there is more in staging than one look goes through."
MOST_STAGED, MOST_WAITING = 200, 20
_REFERENCE, _DIGEST = re.compile(r"[0-9a-fA-F]{8}"), re.compile(r"[0-9a-fA-F]{64}")


class By(StrEnum):
    """What was looked for."""

    NOTHING = "nothing"  # the latest are shown
    ID = "id"
    OWNER = "owner"
    USERNAME = "username"
    REFERENCE = "reference"
    DIGEST = "digest"
    FILENAME = "filename"


@dataclass(frozen=True)
class Found:
    """A page of uploads. `waiting`: what staging alone knows, on the first page; `cursor`: the id to go on from."""

    by: By
    uploads: Known[list[Upload]]
    waiting: Known[list[Upload]]
    cursor: UUID | None


def find(
    parts: OperatingParts, by: Operator, text: str, cursor: UUID | None = None, limit: int = 50
) -> Found:
    """The uploads that `text` means. Every part that is away is said so, and nothing is raised."""
    asking = Asking()
    text = text.strip()
    what, wanted = _meant(text)

    def known() -> list[Upload]:
        return _look(parts, what, wanted, cursor, limit + 1)

    nothing: list[Upload] = []
    uploads = asking.ask(CatalogueUnavailable, nothing, known)
    if what is By.ID and uploads.value and uploads.value[0].id != wanted:
        what = By.OWNER
    more = len(uploads.value) > limit
    shown = Known(uploads.value[:limit], uploads.unknown)
    no_look: tuple[list[Upload], bool] = ([], True)
    looked = Known(no_look)
    if cursor is None:
        looked = asking.ask(
            StoreUnavailable, no_look, lambda: _waiting(parts, asking, what, wanted, shown.value)
        )
    waiting, complete = looked.value
    log.info("uploads were looked for", operator=by.name, way=by.way, by=what, found=len(shown.value))
    unseen = looked.unknown or (None if complete else UNSEEN)
    return Found(what, shown, Known(waiting, unseen), shown.value[-1].id if more else None)


def refused(note: RefusedFile, owner: UUID) -> Upload:
    """A file that was refused at once, as a rejected upload looks, without bytes or record."""
    made, rejected = made_at(note.id), State.REJECTED
    return Upload(note.id, owner, "", note.filename, 0, made, rejected, 0, note.code, note.message)


def accepted(owner: UUID, upload_id: UUID, manifest: bytes) -> Upload:
    """What a stored manifest means without a record; of one that can't be read, no more than its place tells."""
    try:
        return Upload.queued(Manifest.from_json(manifest))
    except ManifestError:
        return Upload(upload_id, owner, "", "", 0, made_at(upload_id), State.QUEUED)


def owner_in(pairs: Iterator[tuple[UUID, UUID]], wanted: UUID) -> tuple[UUID | None, bool]:
    """Whose (owner, id) has the id, and whether all were looked through."""
    for number, (owner, found) in enumerate(pairs):
        if number == MOST_WALKED:
            return None, False
        if found == wanted:
            return owner, True
    return None, True


def staged_ids(store: ObjectStore) -> Iterator[tuple[UUID, UUID]]:
    """(owner, upload id) of all that is staged."""
    return ((staged.owner, staged.upload_id) for staged in Staging(store).walk())


def _meant(text: str) -> tuple[By, str | UUID]:
    if not text:
        return By.NOTHING, text
    if known := parse_id(text):
        return By.ID, known
    if _REFERENCE.fullmatch(text):
        return By.REFERENCE, text
    if _DIGEST.fullmatch(text):
        return By.DIGEST, text
    return (By.USERNAME, text[1:]) if text.startswith("@") else (By.FILENAME, text)


def _look(
    parts: OperatingParts, what: By, wanted: str | UUID, cursor: UUID | None, limit: int
) -> list[Upload]:
    search = parts.upload_search
    match what, wanted:
        case By.ID, UUID():
            one = None if cursor else parts.uploads.find(wanted)
            return [one] if one else search.of_owner(wanted, cursor, limit)
        case By.REFERENCE, str():
            return search.of_reference(wanted, cursor, limit)
        case By.DIGEST, str():
            return search.of_digest(wanted, cursor, limit)
        case By.USERNAME, str():
            return search.of_username(wanted, cursor, limit)
        case By.FILENAME, str():
            return search.of_filename(wanted, cursor, limit)
    return parts.uploads.recent(limit - 1)


def _waiting(
    parts: OperatingParts, asking: Asking, what: By, wanted: str | UUID, known: list[Upload]
) -> tuple[list[Upload], bool]:
    """What no attempt has begun for, and what was refused at once: of one id, or of an owner's the newest; and whether
    all was looked through."""
    if what is By.ID and isinstance(wanted, UUID) and not known:
        owner, all_staged = owner_in(staged_ids(parts.store), wanted)
        if owner:
            return _staged(parts.store, owner, [wanted]), True
        owner, all_noted = owner_in(RefusedFiles.everybodys(parts.store), wanted)
        if owner:
            return _noted(parts.store, owner, [wanted]), True
        found = _of_owner(parts, asking, wanted)
        return found, bool(found) or (all_staged and all_noted)
    if what is By.OWNER and isinstance(wanted, UUID):
        return _of_owner(parts, asking, wanted), True
    owner_known = what is By.USERNAME and known
    return (_of_owner(parts, asking, known[0].owner) if owner_known else []), True


def _of_owner(parts: OperatingParts, asking: Asking, owner: UUID) -> list[Upload]:
    staged = Staging(parts.store).accepted_by(owner)[:MOST_STAGED]
    nothing: dict[UUID, Upload] = {}
    begun = asking.ask(CatalogueUnavailable, nothing, lambda: parts.uploads.find_many(staged)).value
    waiting = _staged(parts.store, owner, [i for i in staged if i not in begun][:MOST_WAITING])
    notes = _noted(parts.store, owner, RefusedFiles(parts.store, owner).ids()[:MOST_WAITING])
    return sorted([*waiting, *notes], key=lambda upload: upload.id, reverse=True)


def _staged(store: ObjectStore, owner: UUID, ids: list[UUID]) -> list[Upload]:
    texts = ((i, Staging(store).manifest_text(owner, i)) for i in ids)
    return [accepted(owner, i, text) for i, text in texts if text is not None]


def _noted(store: ObjectStore, owner: UUID, ids: list[UUID]) -> list[Upload]:
    notes = (RefusedFiles(store, owner).find(i) for i in ids)
    return [refused(note, owner) for note in notes if note]

"""Does a suspect stand? Both sides are read at this moment, whatever was seen before.

What is published is put before its record, and erased after its record says so: an object that is missing while the
same record stands before and after the look is missing. All else that changes has its time of grace.
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta

from shared.domain.consistency import GRACE, Fault, Suspect
from shared.domain.loss import is_cut_off, is_lost, quiet_for
from shared.domain.receiving import received_for
from shared.domain.uploads import State, Upload
from shared.operating.parts import CheckingParts
from shared.ports.inventory import Named
from shared.ports.object_store import ObjectStore, StoredObject
from shared.quarantine import stored_at
from shared.staging import Staged, Staging

ABANDONED_AFTER = timedelta(hours=2)  # an hour later than the sweep removes what was never accepted


def stands(suspect: Suspect, parts: CheckingParts) -> bool:
    """Whether it is so now. Raises Unavailable when a side can't be asked."""
    return _STANDS[suspect.fault](suspect, parts)


def is_right(named: Named, stored: StoredObject, *, read: bool, store: ObjectStore) -> bool:
    """Whether what is stored under one of an image's keys is what its record says: an original by its size, and by its
    digest if it is to be `read`; of a rendition no more is known than that it isn't empty."""
    if stored.key != named.original_key:
        return stored.size_bytes > 0
    if stored.size_bytes != named.size_bytes:
        return False
    return not read or digest_of(store, stored.key) == named.sha256


def digest_of(store: ObjectStore, key: str, version_id: str | None = None) -> str | None:
    """The SHA-256 (hex) of what is stored, a piece in memory at a time; None where there is nothing."""
    pieces = store.pieces(key, version_id=version_id)
    if pieces is None:
        return None
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def may_be_stray(upload: Upload | None) -> bool:
    """Whether nothing that happens to this upload would put an object, or take it away."""
    return upload is None or upload.status in (State.PUBLISHED, State.REJECTED)


def is_unsent(staged: Staged, upload: Upload | None, backlog: int, received_for: timedelta) -> bool:
    """Whether the sweep should have sent it again, or marked it failed, long ago."""
    accepted_for = staged.accepted_for
    if accepted_for is None or (upload is not None and upload.status.finished):
        return False
    if upload is not None and is_cut_off(upload, slack=GRACE):
        return True
    return is_lost(upload, staged_for=accepted_for, backlog=backlog, received_for=received_for, slack=GRACE)


def is_unstaged(upload: Upload) -> bool:
    """Whether an unfinished upload of which staging holds no manifest has been so for long: it will never end."""
    return not upload.status.resting and quiet_for(upload, timedelta()) > GRACE


def is_left(staged: Staged, upload: Upload | None) -> bool:
    """Whether the sweep should have cleared it long ago."""
    if staged.accepted_for is None:
        return staged.untouched_for > ABANDONED_AFTER
    ended = upload is not None and upload.status.finished and not upload.status.gone
    return ended and upload is not None and (upload.unchanged_for or timedelta()) > GRACE


def _published(suspect: Suspect, parts: CheckingParts) -> bool:
    before = _named(suspect, parts)
    if before is None or before.gone or suspect.subject not in before.keys:
        return False
    stored = stored_at(parts.store, suspect.subject)
    if suspect.fault is Fault.MISSING:
        faulty = stored is None
    else:
        faulty = stored is not None and not is_right(before, stored, read=True, store=parts.store)
    return faulty and _named(suspect, parts) == before


def _stray(suspect: Suspect, parts: CheckingParts) -> bool:
    stored = stored_at(parts.store, suspect.subject)
    if stored is None or stored.age < GRACE:
        return False
    upload = parts.uploads.find(suspect.upload_id) if suspect.upload_id else None
    named = _named(suspect, parts)
    return may_be_stray(upload) and (named is None or suspect.subject not in named.keys)


def _staged(suspect: Suspect, parts: CheckingParts) -> bool:
    if suspect.owner is None or suspect.upload_id is None:
        return False
    backlog = parts.queue.depth().backlog if suspect.fault is Fault.UNSENT else 0
    staged = Staging(parts.store).find(suspect.owner, suspect.upload_id)
    upload = parts.uploads.find(suspect.upload_id)
    if suspect.fault is Fault.UNSENT and (staged is None or staged.accepted_for is None):
        return upload is not None and is_unstaged(upload)
    if staged is None:
        return False
    if suspect.fault is Fault.LEFT:
        return is_left(staged, upload)
    return is_unsent(staged, upload, backlog, received_for(parts.receiving.wishes()))


def _erased(suspect: Suspect, parts: CheckingParts) -> bool:
    upload = parts.uploads.find(suspect.upload_id) if suspect.upload_id else None
    if upload is None or upload.status is not State.ERASED:
        return False
    return any(version.key == suspect.subject for version in parts.store.versions(suspect.subject))


def _named(suspect: Suspect, parts: CheckingParts) -> Named | None:
    return parts.inventory.find(suspect.upload_id) if suspect.upload_id else None


_STANDS: dict[Fault, Callable[[Suspect, CheckingParts], bool]] = {
    Fault.MISSING: _published,
    Fault.WRONG: _published,
    Fault.STRAY: _stray,
    Fault.UNSENT: _staged,
    Fault.LEFT: _staged,
    Fault.ERASED: _erased,
}

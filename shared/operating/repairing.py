"""What is done about a finding. Both sides are read at that moment: what agrees by then is left alone.

Nothing is removed before a copy of it is in quarantine, and nothing is put back before its bytes are known to be
right. The one exception is what its owner had erased: it may not be kept, and goes only when both the record and the
bucket's own mark say so. Each repair may be cut off anywhere and done again.
"""

from collections.abc import Callable, Iterator
from uuid import UUID

from shared.domain.consistency import Fault, Finding, FindingState
from shared.domain.loss import is_cut_off
from shared.domain.uploads import Attempt, State
from shared.operating.parts import CheckingParts
from shared.operating.standing import digest_of, is_right, stands
from shared.ports.inventory import Named
from shared.quarantine import Quarantine, stored_at
from shared.staging import Staging
from shared.taken_back import mark_key

Outcome = tuple[FindingState, str]
Remake = Callable[[Named, str], bool]
"""Makes one rendition anew from the stored original; False when that can't be done."""


def repair(finding: Finding, parts: CheckingParts, attempt: Attempt, remake: Remake) -> Outcome:
    """Do it, and say what came of it. Raises Unavailable when a part of the world is away, and may be done again."""
    if not stands(finding.suspect, parts):
        return FindingState.GONE, "Both sides agree by now."
    match finding.suspect.fault:
        case Fault.MISSING | Fault.WRONG:
            return _restore(finding, parts, remake)
        case Fault.STRAY:
            return _put_aside(finding, parts)
        case Fault.UNSENT:
            return _send(finding, parts, attempt)
        case Fault.LEFT:
            return _clear(finding, parts)
        case Fault.ERASED:
            return _erase(finding, parts)


def _restore(finding: Finding, parts: CheckingParts, remake: Remake) -> Outcome:
    """Of right bytes the newest are put back; a rendition of which there are none is made anew."""
    suspect, store = finding.suspect, parts.store
    named = parts.inventory.find(suspect.upload_id) if suspect.upload_id else None
    if named is None:
        return FindingState.GONE, "Its record has gone."
    original = suspect.subject == named.original_key
    source = next(_right_copies(named, suspect.subject, parts), None)
    if source is None and original:
        return FindingState.FAILED, "No copy with the recorded digest is left. What is stored stays as it is."
    if suspect.fault is Fault.WRONG and not Quarantine(store).put(
        suspect.subject, suspect.upload_id, finding.id
    ):
        return FindingState.FAILED, "What is there could not be put aside."
    if source is None:
        if not remake(named, suspect.subject):
            return FindingState.FAILED, "It could not be made anew: its original must be in order first."
    else:
        store.copy(source[0], suspect.subject, version_id=source[1])
    stored = stored_at(store, suspect.subject)
    if stored is None or not is_right(named, stored, read=True, store=store):
        return FindingState.FAILED, "What was put back is not what the record says."
    return FindingState.REPAIRED, "A right copy was put back." if source else "It was made anew."


def _right_copies(named: Named, key: str, parts: CheckingParts) -> Iterator[tuple[str, str | None]]:
    """Where right bytes are, the newest first: (key, version)."""
    store = parts.store
    places: list[tuple[str, str | None]] = [
        (key, version.version_id) for version in store.versions(key) if version.key == key
    ]
    places += [(aside, None) for aside in Quarantine(store).copies_of(named.upload_id, key)]
    for place, version_id in places:
        if key == named.original_key:
            if digest_of(store, place, version_id) == named.sha256:
                yield place, version_id
        elif any(store.pieces(place, version_id=version_id) or ()):
            yield place, version_id


def _put_aside(finding: Finding, parts: CheckingParts) -> Outcome:
    suspect = finding.suspect
    if not Quarantine(parts.store).put(suspect.subject, suspect.upload_id, finding.id):
        return FindingState.FAILED, "It could not be put aside."
    parts.store.delete([suspect.subject])
    return FindingState.REPAIRED, "It is in quarantine."


def _send(finding: Finding, parts: CheckingParts, attempt: Attempt) -> Outcome:
    """As the sweep does."""
    owner, upload_id = _whose(finding)
    upload = parts.uploads.find(upload_id)
    if upload is not None and is_cut_off(upload):
        parts.recovery.fail(upload.id, attempt, "The last permitted attempt was cut off.")
        return FindingState.REPAIRED, "It is marked failed, and waits for an operator."
    manifest = Staging(parts.store).manifest(owner, upload_id)
    if manifest is None and upload is None:
        return FindingState.GONE, "It has gone meanwhile."
    if manifest is None:
        parts.recovery.fail(upload_id, attempt, "Its bytes are not in staging any more.")
        return FindingState.REPAIRED, "Its bytes are gone: it is marked failed, and waits for an operator."
    parts.queue.send(owner, upload_id)
    parts.recovery.requeued(manifest)
    return FindingState.REPAIRED, "A message was sent again."


def _clear(finding: Finding, parts: CheckingParts) -> Outcome:
    owner, upload_id = _whose(finding)
    staging = Staging(parts.store)
    staged = staging.find(owner, upload_id)
    if staged is None:
        return FindingState.GONE, "It was cleared meanwhile."
    upload = parts.uploads.find(upload_id)
    if upload is not None and upload.status is State.PUBLISHED:
        named = parts.inventory.find(upload_id)
        original = named and stored_at(parts.store, named.original_key)
        if not (named and original and is_right(named, original, read=True, store=parts.store)):
            return FindingState.FAILED, "It is the only copy: what was published must be in order first."
    quarantine = Quarantine(parts.store)
    for entry in staged.objects:
        if not quarantine.put(entry.key, upload_id, finding.id):
            return FindingState.FAILED, "It could not be put aside."
    staging.clear(staged)
    return FindingState.REPAIRED, "It is in quarantine."


def _erase(finding: Finding, parts: CheckingParts) -> Outcome:
    suspect, store = finding.suspect, parts.store
    owner, upload_id = _whose(finding)
    if store.get(mark_key(owner, upload_id)) is None:
        return FindingState.FAILED, "The bucket has no mark that its owner took it back."
    store.erase([version for version in store.versions(suspect.subject) if version.key == suspect.subject])
    if any(version.key == suspect.subject for version in store.versions(suspect.subject)):
        return FindingState.FAILED, "It was found again."
    return FindingState.REPAIRED, "Every version is erased."


def _whose(finding: Finding) -> tuple[UUID, UUID]:
    """Owner and upload: what stands without them is no fault of this kind."""
    owner, upload_id = finding.suspect.owner, finding.suspect.upload_id
    if owner is None or upload_id is None:
        raise ValueError(f"finding {finding.id} names no upload")
    return owner, upload_id

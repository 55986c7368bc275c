"""The passes of a comparison, each a walk through both sides in one order, a step at a time.

Records are read in the order of the originals' keys, which is the order in which S3 lists: one pass merges them with
the listings of originals and renditions. Nothing is held but a page of each.
"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby, islice
from operator import attrgetter, itemgetter
from typing import TypeVar
from uuid import UUID

from shared.domain.consistency import GRACE, Check, Fault, FindingState, Phase, Suspect
from shared.domain.keys import KINDS, upload_of
from shared.domain.receiving import received_for
from shared.domain.uploads import State
from shared.operating.parts import CheckingParts
from shared.operating.standing import is_left, is_right, is_unsent, is_unstaged, may_be_stray, stands
from shared.ports.inventory import Inventory, Named
from shared.ports.object_store import ObjectStore, StoredObject
from shared.quarantine import ROOT, quarantined_upload_of
from shared.staging import Staging, folder_of, staged_upload_of

Item = TypeVar("Item")
STEP = 500
AGAIN_STEP = 20  # each costs a few requests
VERSION_ROOTS = {
    "images/": upload_of,
    "previews/": upload_of,
    ROOT: quarantined_upload_of,
    "staging/": staged_upload_of,
    "thumbnails/": upload_of,
    "tiles/": upload_of,
}
"""Where anything of an upload may be, in the order of keys, and how a key there tells whose it is."""


@dataclass(frozen=True)
class Step:
    """How far a pass has come, what it has looked at since the step before, and what it suspects."""

    cursor: str
    looked: Counter[str]
    found: Sequence[Suspect] = ()


def published(check: Check, parts: CheckingParts, until: float) -> Iterator[Step]:
    """Records beside final keys. The cursor is what the last keys had in common."""
    after = f"images/{check.cursor}" if check.cursor else ""
    sides: list[Iterator[tuple[str, Named | StoredObject]]] = [
        ((_stem(named.original_key), named) for named in _records(parts.inventory, after)),
        *(_objects(parts.store, kind, check.cursor) for kind in KINDS),
    ]
    looked, found, unnamed = Counter[str](), list[Suspect](), list[StoredObject]()
    stem = check.cursor
    for stem, members in groupby(merge(*sides, key=itemgetter(0)), key=itemgetter(0)):
        if stem <= check.cursor:
            continue
        items = [item for _, item in members]
        records = [item for item in items if isinstance(item, Named)]
        stored = {item.key: item for item in items if isinstance(item, StoredObject)}
        names = {key for named in records for key in named.keys}
        for named in records:
            if not named.gone:
                found += _faults(check, named, stored, parts.store, looked)
        unnamed += [entry for key, entry in stored.items() if key not in names and entry.age >= GRACE]
        looked += Counter(records=len(records), objects=len(stored), steps=1)
        if looked["steps"] >= STEP or time.monotonic() >= until:
            yield _step(stem, looked, found + _strays(unnamed, parts))
            looked, found, unnamed = Counter(), [], []
    if looked:
        yield _step(stem, looked, found + _strays(unnamed, parts))


def staged(check: Check, parts: CheckingParts, _until: float) -> Iterator[Step]:
    """Staged uploads beside their states."""
    backlog = parts.queue.depth().backlog  # before listing: what is accepted meanwhile is within its grace
    received = received_for(parts.receiving.wishes())
    for batch in _batches(Staging(parts.store).walk(after=check.cursor), STEP):
        known = parts.uploads.find_many([entry.upload_id for entry in batch])
        found = []
        for entry in batch:
            upload = known.get(entry.upload_id)
            said = f"{upload.status}, {upload.attempts} attempts" if upload else "no attempt has begun"
            if is_left(entry, upload):
                what = said if entry.accepted_for is not None else "never accepted"
                found.append(Suspect(Fault.LEFT, entry.folder, what, entry.upload_id, entry.owner))
            elif is_unsent(entry, upload, backlog, received):
                found.append(Suspect(Fault.UNSENT, entry.folder, said, entry.upload_id, entry.owner))
        yield Step(batch[-1].objects[-1].key, Counter(staged=len(batch)), found)


def unfinished(check: Check, parts: CheckingParts, _until: float) -> Iterator[Step]:
    """Unfinished uploads beside staging: of what has a record and no manifest, neither sweep nor attempt comes."""
    after = UUID(check.cursor) if check.cursor else None
    staging = Staging(parts.store)
    while uploads := parts.inventory.unfinished(after, STEP):
        after = uploads[-1].id
        quiet = [upload for upload in uploads if is_unstaged(upload)]
        lost = [upload for upload in quiet if staging.manifest(upload.owner, upload.id) is None]
        found = [
            Suspect(
                Fault.UNSENT, folder_of(u.owner, u.id), f"{u.status}, and nothing is staged", u.id, u.owner
            )
            for u in lost
        ]
        yield Step(str(after), Counter(unfinished=len(uploads)), found)


def versions(check: Check, parts: CheckingParts, _until: float) -> Iterator[Step]:
    """Every version of everything beside what was erased."""
    for root, upload_of_key in VERSION_ROOTS.items():
        if check.cursor >= root and not check.cursor.startswith(root):
            continue  # it is behind
        after = check.cursor if check.cursor.startswith(root) else ""
        keys = (key for key, _ in groupby(parts.store.versions(root, after=after), key=attrgetter("key")))
        for batch in _batches(keys, STEP):
            owners = {key: upload_id for key in batch if (upload_id := upload_of_key(key))}
            known = parts.uploads.find_many(list(set(owners.values())))
            erased = {i: upload.owner for i, upload in known.items() if upload.status is State.ERASED}
            found = [
                Suspect(Fault.ERASED, key, "", upload_id, erased[upload_id])
                for key, upload_id in owners.items()
                if upload_id in erased
            ]
            yield Step(batch[-1], Counter(versions=len(batch)), found)


def again(check: Check, parts: CheckingParts, until: float) -> Iterator[Step]:
    """Each suspect once more: what still stands becomes a finding, what was in the middle of changing is forgotten."""
    after: UUID | None = UUID(check.cursor) if check.cursor else None
    while suspects := parts.findings.of(check.id, None, [FindingState.SUSPECTED], after, AGAIN_STEP):
        standing, settled = list[UUID](), list[UUID]()
        for finding in suspects:
            (standing if stands(finding.suspect, parts) else settled).append(finding.id)
            after = finding.id
            if time.monotonic() >= until:
                break
        parts.findings.look_again(standing, settled)
        yield Step(str(after), Counter(again=len(standing) + len(settled)))


PASSES = {
    Phase.PUBLISHED: published,
    Phase.STAGING: staged,
    Phase.UNFINISHED: unfinished,
    Phase.VERSIONS: versions,
    Phase.AGAIN: again,
}


def _records(inventory: Inventory, after: str) -> Iterator[Named]:
    while page := inventory.page(after, STEP):
        yield from page
        after = page[-1].original_key


def _objects(store: ObjectStore, kind: str, cursor: str) -> Iterator[tuple[str, StoredObject]]:
    for entry in store.list(f"{kind}/", after=f"{kind}/{cursor}" if cursor else ""):
        yield _stem(entry.key), entry


def _stem(key: str) -> str:
    """What an image's keys have in common: their order is that of the keys, under each kind."""
    name = key.partition("/")[2]
    return name[: name.find(".") + 1] or name


def _faults(
    check: Check, named: Named, stored: dict[str, StoredObject], store: ObjectStore, looked: Counter[str]
) -> Iterator[Suspect]:
    for key in named.keys:
        kind = key.partition("/")[0].removesuffix("s").replace("image", "original")
        entry = stored.get(key)
        if entry is None:
            yield Suspect(Fault.MISSING, key, f"the {kind} isn’t stored", named.upload_id, named.owner)
            continue
        read = key == named.original_key and check.samples(named.upload_id)
        looked["hashed"] += read
        if not is_right(named, entry, read=read, store=store):
            recorded = f", {named.size_bytes} recorded" if key == named.original_key else ""
            words = f"the {kind}’s bytes are others: {entry.size_bytes} stored{recorded}"
            yield Suspect(Fault.WRONG, key, words, named.upload_id, named.owner)


def _strays(unnamed: Sequence[StoredObject], parts: CheckingParts) -> list[Suspect]:
    whose = {entry.key: upload_of(entry.key) for entry in unnamed}
    known = parts.uploads.find_many(list({i for i in whose.values() if i}))
    found = []
    for entry in unnamed:
        upload_id = whose[entry.key]
        upload = known.get(upload_id) if upload_id else None
        if may_be_stray(upload):
            said = f"its upload is {upload.status}" if upload else "no upload is known"
            words = f"{entry.size_bytes} bytes, {said}"
            found.append(Suspect(Fault.STRAY, entry.key, words, upload_id, upload.owner if upload else None))
    return found


def _step(cursor: str, looked: Counter[str], found: Sequence[Suspect]) -> Step:
    del looked["steps"]
    return Step(cursor, looked, found)


def _batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch

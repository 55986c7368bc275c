"""What a portal has promised: at any moment, and once everything has come to rest."""

import hashlib
from dataclasses import fields
from typing import Any
from uuid import UUID

from shared.adapters.memory import image_rows
from shared.domain.consistency import Fault
from shared.domain.images import Image
from shared.domain.keys import KINDS, final_prefixes, upload_of
from shared.domain.terms import terms_of
from shared.domain.uploads import State
from shared.operating.asking import ask_for_check, to_repair
from shared.operating.consistency import check_a_while
from shared.staging import Staging, folder_of
from shared.taken_back import mark_key
from tests.unit.model.portal import BROKEN, OPERATOR, POISON, Portal

A_WHILE, A_DAY = 16, 25 * 60  # minutes
MOST_ROUNDS, QUIET_ROUNDS = 60, 3
_TOLD_ANEW = {"samples", "sampled_owners", "checks", "findings", "workers", "receiving", "reingest_moved_at"}


def keep_at_any_moment(portal: Portal) -> None:
    """Nothing is lost, what is taken back is not found, and what is found is there."""
    tables, store = portal.world.database.read(), portal.world.store
    shown = image_rows.shown(tables)
    found = set().union(*tables.index.values())
    for upload_id, promise in portal.promises.items():
        row = tables.uploads.get(upload_id)
        state = row.upload.status if row else State.QUEUED
        if promise.gone:
            assert upload_id not in shown, f"{upload_id} was taken back and is shown"
            assert upload_id not in found, f"{upload_id} was taken back and is found"
            assert state.gone, f"{upload_id} was taken back and is {state}"
        elif not state.finished:
            manifest = Staging(store).manifest(promise.owner, upload_id)
            assert manifest is not None, f"{upload_id} is {state}, and has no manifest"
            assert Staging(store).bytes_of(manifest) == promise.file, (
                f"{upload_id} is {state}, without its bytes"
            )
    for image in shown.values():
        for key in keys_of(image):
            assert store.get(key) is not None, f"{image.id} is shown, and {key} is not there"


def keys_of(image: Image) -> list[str]:
    """Of original and renditions."""
    return [image.original_key, *image.rendition_keys]


def come_to_rest(portal: Portal) -> None:
    """Everything is killed and begins again, without faults, until nothing changes any more."""
    portal.kill_all()
    before: Any = None
    quiet = 0
    for _ in range(MOST_ROUNDS):
        given_up = portal.world.database.read().given_up_objects  # they are kept for a day
        run_everything(portal, A_DAY if given_up else A_WHILE)
        now = everything(portal)
        quiet = quiet + 1 if now == before and portal.world.queue.depth().backlog == 0 else 0
        if quiet == QUIET_ROUNDS:
            return
        before = now
    raise AssertionError("it never comes to rest")


def run_everything(portal: Portal, minutes: int = A_WHILE) -> None:
    """After a while: a sweep, and all that is on the queue."""
    portal.advance(60 * minutes)
    portal.go(portal.sweep())
    while (attempt := portal.deliver()) is not None:
        portal.go(attempt)


def everything(portal: Portal) -> dict[str, Any]:
    """All that is stored and recorded, but for what tells of the moment."""
    tables, store = portal.world.database.read(), portal.world.store
    told = {
        table.name: getattr(tables, table.name) for table in fields(tables) if table.name not in _TOLD_ANEW
    }
    told["versions"] = sorted((version.key, version.version_id) for version in store.versions(""))
    told["objects"] = [entry.key for entry in store.list("")]
    return told


def keep_at_rest(portal: Portal) -> None:
    """Each accepted upload has come to one end, and nothing is left that belongs to none."""
    keep_at_any_moment(portal)
    tables, store = portal.world.database.read(), portal.world.store
    belongs: set[str] = set()
    assert set(tables.uploads) == set(portal.promises), "records are of what was accepted"
    for upload_id, promise in portal.promises.items():
        upload = tables.uploads[upload_id].upload
        assert upload.status.resting, f"{upload_id} is {upload.status} for ever"
        folder = folder_of(promise.owner, upload_id)
        image = tables.images.get(upload_id)
        assert (image is not None) == (upload.status is State.PUBLISHED), (upload.status, image)
        if promise.gone:
            assert upload.status is State.ERASED, f"{upload_id} was taken back and is {upload.status}"
        match upload.status:
            case State.PUBLISHED:
                assert image is not None
                as_promised(portal, image)
                belongs.update(keys_of(image))
            case State.REJECTED:
                assert upload.reason_code, "a refusal has a reason"
                prefixes = final_prefixes(upload.filename, upload.accepted_at, upload_id)
                left = [version.key for prefix in prefixes for version in store.versions(prefix)]
                assert left == [], f"of the rejected {upload_id} there is {left}"
            case State.FAILED:
                assert upload.reason_message, "a failure has a reason"
                belongs.update(entry.key for entry in store.list(folder))
            case State.HELD:
                belongs.update(keys_under(portal, upload_id))
                belongs.update(entry.key for entry in store.list(folder))
            case _:
                assert upload.status is State.ERASED, upload.status
                belongs.add(mark_key(promise.owner, upload_id))
                nothing_is_left(portal, upload_id)
    stored = {entry.key for entry in store.list("") if not entry.key.startswith("idempotency/")}
    assert not belongs - stored, f"is missing: {belongs - stored}"
    nobodys = stored - belongs
    assert not nobodys or portal.restored, f"belongs to none: {nobodys}"
    assert not nobodys or nobodys == strays_told(portal), (
        f"belongs to none, and operators are told otherwise: {nobodys}"
    )


def strays_told(portal: Portal) -> set[str]:
    """What a comparison of S3 and MySQL finds under published keys that no record names. After a restore these are the
    renditions that were made anew since."""
    parts = portal.world.worker
    portal.advance(2 * 60 * 60)  # what changed within the hour is no suspect
    assert ask_for_check(parts, OPERATOR, full_hash=False)
    check = check_a_while(parts, seconds=60)
    assert check is not None
    return {finding.suspect.subject for finding in to_repair(parts.findings, check.id, Fault.STRAY)}


def keys_under(portal: Portal, upload_id: UUID) -> list[str]:
    """The published keys of one upload, whether or not a record names them."""
    listed = (entry.key for kind in KINDS for entry in portal.world.store.list(f"{kind}/"))
    return [key for key in listed if upload_of(key) == upload_id]


def as_promised(portal: Portal, image: Image) -> None:
    """The record and its objects are what was sent and said, and search finds them so."""
    tables, store = portal.world.database.read(), portal.world.store
    promise = portal.promises[image.id]
    assert image.caption == promise.caption
    assert promise.file not in (BROKEN, POISON)
    original = store.get(image.original_key)
    assert original == portal.imaging(promise.file).original
    assert image.sha256 == hashlib.sha256(original or b"").hexdigest()
    terms = terms_of(image.username, image.filename, image.caption, image.licence, image.width, image.height)
    finding = {term for term, ids in tables.index.items() if image.id in ids}
    assert finding == (set() if image.hidden else set(terms))


def nothing_is_left(portal: Portal, upload_id: UUID) -> None:
    """Of what was erased: no version, and no word."""
    assert versions_of(portal, upload_id) == [mark_key(portal.promises[upload_id].owner, upload_id)]
    upload = portal.world.database.read().uploads[upload_id].upload
    assert (upload.filename, upload.username, upload.sha256) == ("", "", None)


def versions_of(portal: Portal, upload_id: UUID) -> list[str]:
    """The keys of all versions that are stored of it."""
    return [version.key for version in portal.world.store.versions("") if str(upload_id) in version.key]


def everything_again_changes_nothing(portal: Portal) -> None:
    """Each message once more, late, and everything else twice more."""
    before = everything(portal)
    for upload_id, promise in portal.promises.items():
        row = portal.world.database.read().uploads[upload_id]
        if row.upload.status.closed:  # what failed begins anew with a message, and may
            portal.world.queue.send(promise.owner, upload_id)
    run_everything(portal)
    run_everything(portal, minutes=60)
    after = everything(portal)
    changed = {name for name in before if before[name] != after[name]}
    assert not changed, {name: (before[name], after[name]) for name in changed}


def what_failed_is_not_lost(portal: Portal) -> None:
    """Sent again by an operator on a quiet day, each good file that failed is published."""
    failed = [
        i for i, row in portal.world.database.read().uploads.items() if row.upload.status is State.FAILED
    ]
    for upload_id in failed:
        portal.go(portal.operate(upload_id))
    come_to_rest(portal)
    keep_at_rest(portal)
    for upload_id in failed:
        state = portal.world.database.read().uploads[upload_id].upload.status
        file = portal.promises[upload_id].file
        assert (state is State.FAILED) == (file == POISON), f"{upload_id} is {state}"

"""Operators find an upload among all: by owner, name, digest and reference."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

from shared.domain.manifest import Manifest
from shared.domain.taking_back import ATTEMPTS_OVER_AFTER
from shared.domain.uploads import Upload
from tests.contract.sides import Records
from tests.contract.uploads import ANN, attempt, image_of, new_manifest, publish

Look = Callable[[UUID | None, int], list[Upload]]


def begun(records: Records, **changes: object) -> Manifest:
    manifest = replace(new_manifest(), **changes)  # type: ignore[arg-type]
    records.attempts.begin(manifest, attempt())
    return manifest


def walked(look: Look) -> list[UUID]:
    """All of it, a page of two at a time."""
    found: list[UUID] = []
    while page := look(found[-1] if found else None, 2):
        found += [upload.id for upload in page]
    return found


def test_an_owners_uploads_are_found_by_id_and_by_name_newest_first(records: Records) -> None:
    bob = uuid4()
    mine = [begun(records).upload_id for _ in range(3)]
    his = begun(records, owner=bob, username="bob").upload_id
    look = records.upload_search
    assert walked(lambda before, limit: look.of_owner(ANN, before, limit)) == mine[::-1]
    assert walked(lambda before, limit: look.of_username("ann", before, limit)) == mine[::-1]
    assert [u.id for u in look.of_owner(bob, None, 9)] == [his]
    assert look.of_username("an", None, 9) == look.of_owner(uuid4(), None, 9) == []


def test_a_name_finds_what_is_called_so_and_then_what_begins_so(records: Records) -> None:
    names = ["b.jpg", "boat.jpg", "boat", "Boat", "boat", "boat 2.jpg", "boat 2.jpg", "boa", "boat\U0010fffe"]
    ids = [begun(records, filename=name).upload_id for name in names]
    found = walked(lambda behind, limit: records.upload_search.of_filename("boat", behind, limit))
    assert found == [ids[n] for n in (4, 2, 5, 6, 1, 8)]
    assert records.upload_search.of_filename("boat%", None, 9) == []
    assert records.upload_search.of_filename("boat", uuid4(), 9) == [], "nothing is behind what nobody knows"


def test_a_digest_finds_what_was_received_and_what_was_published(records: Records) -> None:
    received, published = "ab" * 32, "cd" * 32
    waiting, image = begun(records, sha256=received), begun(records, sha256=received)
    made = replace(image_of(image), sha256=published)
    records.attempts.publish(made, [], attempt(), [])
    look = records.upload_search.of_digest
    assert walked(lambda before, limit: look(received, before, limit)) == [image.upload_id, waiting.upload_id]
    assert [u.id for u in look(published.upper(), None, 9)] == [image.upload_id]
    assert look("ef" * 32, None, 9) == []


def test_a_reference_is_the_end_of_an_id(records: Records) -> None:
    first = begun(records, upload_id=UUID("01900000-0000-7000-8000-00000000beef"))
    second = begun(records, upload_id=UUID("01900000-0001-7000-8000-00010000beef"))
    begun(records)
    look = records.upload_search.of_reference
    assert walked(lambda before, limit: look("0000BEEF", before, limit)) == [
        second.upload_id,
        first.upload_id,
    ]


def test_what_is_erased_is_found_by_its_owner_alone(records: Records) -> None:
    manifest = new_manifest()
    publish(records.attempts, manifest)
    known = records.uploads.find(manifest.upload_id)
    assert known is not None
    assert known.sha256 == manifest.sha256
    records.taking_back.take_back(manifest.upload_id, manifest.owner)
    records.pass_time(ATTEMPTS_OVER_AFTER + timedelta(seconds=1))
    assert records.erasing.begin(manifest.upload_id, attempt())
    records.erasing.done(manifest.upload_id, [])
    search = records.upload_search
    assert [u.id for u in search.of_owner(ANN, None, 9)] == [manifest.upload_id]
    assert search.of_digest(manifest.sha256, None, 9) == search.of_filename("IMG.jpg", None, 9) == []
    assert search.of_username("ann", None, 9) == []

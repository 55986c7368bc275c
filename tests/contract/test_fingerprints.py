"""The promises of knowing images again."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from shared.domain.manifest import Manifest
from shared.domain.uploads import State
from tests.contract.sides import Records
from tests.contract.uploads import ANN, attempt, image_of, new_manifest, publish

BEN = UUID("1b6ae8a6-53a5-4b6c-9b59-5b6ab0a4a4b1")
UNKNOWN = "0" * 64


def test_what_was_uploaded_is_known_by_its_bytes_to_its_owner_alone(records: Records) -> None:
    older = new_manifest()
    newer, bens = (replace(new_manifest(owner=owner), sha256=older.sha256) for owner in (ANN, BEN))
    for manifest in (older, newer, bens):
        publish(records.attempts, manifest)
    assert records.fingerprints.known(ANN, [older.sha256, UNKNOWN]) == {older.sha256: newer.upload_id}
    assert records.fingerprints.known(BEN, [older.sha256]) == {older.sha256: bens.upload_id}
    assert records.fingerprints.known(UUID(int=5), [older.sha256]) == {}
    assert records.fingerprints.known(ANN, [UNKNOWN]) == {}
    assert records.fingerprints.known(ANN, []) == {}


def test_what_was_taken_back_is_not_known(records: Records) -> None:
    manifest = new_manifest()
    publish(records.attempts, manifest)
    records.taking_back.take_back(manifest.upload_id, ANN)
    assert records.fingerprints.known(ANN, [manifest.sha256]) == {}


def test_the_record_tells_of_the_uploaded_bytes(records: Records) -> None:
    manifest = new_manifest()
    publish(records.attempts, manifest)
    image = records.images.find(manifest.upload_id)
    assert image is not None
    assert image.uploaded_sha256 == manifest.sha256


LOOK = 0x0123_4567_89AB_CDEF


def differing(bits: int) -> int:
    """A fingerprint that differs in so many bits, as evenly over its bands as can be."""
    return LOOK ^ sum(1 << (16 * (bit % 4) + 2 * (bit // 4)) for bit in range(bits))


def publish_look(records: Records, fingerprint: int | None, owner: UUID = ANN) -> UUID:
    """An image of other bytes than any, that looks so."""
    manifest = new_manifest(owner=owner)
    records.attempts.begin(manifest, attempt())
    image = replace(image_of(manifest), fingerprint=fingerprint, sha256=digest_of(manifest))
    image = replace(image, uploaded_sha256=image.sha256)
    assert records.attempts.publish(image, [], attempt(), []) is State.PUBLISHED
    return manifest.upload_id


def digest_of(manifest: Manifest) -> str:
    return hashlib.sha256(manifest.upload_id.bytes).hexdigest()


def looks_like(records: Records, image_id: UUID) -> tuple[UUID, ...]:
    image = records.images.find(image_id)
    assert image is not None
    return image.looks_like


@pytest.mark.parametrize(("bits", "alike"), [(0, True), (1, True), (6, True), (7, False), (32, False)])
def test_what_an_owner_has_that_looks_alike_is_pointed_out(records: Records, bits: int, alike: bool) -> None:
    first = publish_look(records, LOOK)
    second = publish_look(records, differing(bits))
    assert looks_like(records, second) == ((first,) if alike else ())
    assert looks_like(records, first) == (), "it was the first"


def test_the_nearest_are_pointed_out_first_and_three_at_most(records: Records) -> None:
    [far, *nearer] = [publish_look(records, differing(bits)) for bits in (6, 4, 2, 0)]
    last = publish_look(records, LOOK)
    assert looks_like(records, last) == tuple(reversed(nearer))
    assert far not in looks_like(records, last)


def test_fingerprints_of_every_size_are_kept(records: Records) -> None:
    for look in (0, 1, 2**63, 2**64 - 1):
        image = records.images.find(publish_look(records, look))
        assert image is not None
        assert image.fingerprint == look


def test_flat_pictures_and_those_of_others_are_not_pointed_out(records: Records) -> None:
    publish_look(records, None)
    assert looks_like(records, publish_look(records, None)) == ()
    publish_look(records, LOOK, BEN)
    assert looks_like(records, publish_look(records, LOOK)) == ()


def test_what_is_erased_is_not_pointed_out(records: Records) -> None:
    first = publish_look(records, LOOK)
    records.taking_back.take_back(first, ANN)
    records.pass_time(timedelta(days=1))
    assert records.erasing.begin(first, attempt())
    records.erasing.done(first, [])
    assert looks_like(records, publish_look(records, LOOK)) == ()

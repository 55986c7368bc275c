"""The promises of knowing images again."""

from uuid import UUID

from tests.contract.sides import Records
from tests.contract.uploads import ANN, new_manifest, publish

BEN = UUID("1b6ae8a6-53a5-4b6c-9b59-5b6ab0a4a4b1")
UNKNOWN = "0" * 64


def test_what_was_uploaded_is_known_by_its_bytes_to_its_owner_alone(records: Records) -> None:
    older, newer, bens = new_manifest(), new_manifest(), new_manifest(owner=BEN)
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

"""What an owner has published is counted, and nobody publishes more than fits, however many publish at once."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from shared.domain.manifest import Manifest
from shared.domain.quota import UNLIMITED, Quota, Usage
from shared.domain.refusals import Refusal
from shared.domain.uploads import State
from tests.contract.sides import Records
from tests.contract.uploads import ANN, attempt, image_of, new_manifest, publish

BEN = UUID("1b6ae8a6-53a5-4b6c-9b59-5b6ab0a4a4b1")


def publish_within(records: Records, quota: Quota, manifest: Manifest | None = None) -> State:
    manifest = manifest or new_manifest()
    records.attempts.begin(manifest, attempt())
    return records.attempts.publish(image_of(manifest), [], attempt(), [], quota)


def test_what_is_published_is_counted_for_its_owner_until_it_is_taken_back(records: Records) -> None:
    manifests = [new_manifest(), new_manifest(), new_manifest(owner=BEN)]
    for manifest in manifests:
        publish(records.attempts, manifest)
    records.attempts.begin(new_manifest(), attempt())
    assert records.usages.of_owner(ANN) == Usage(images=2, bytes=6)
    records.taking_back.take_back(manifests[0].upload_id, ANN)
    assert records.usages.of_owner(ANN) == Usage(images=1, bytes=3)
    records.taking_back.restore(manifests[0].upload_id, ANN)
    assert records.usages.of_owner(ANN) == Usage(images=2, bytes=6)
    assert records.usages.of_owner(UUID(int=5)) == Usage()


@pytest.mark.parametrize("quota", [Quota(images=2), Quota(bytes=8), Quota(images=2, bytes=100)])
def test_what_does_not_fit_is_rejected_with_its_code_and_found_by_nobody(
    records: Records, quota: Quota
) -> None:
    assert [publish_within(records, quota) for _ in range(2)] == [State.PUBLISHED] * 2
    surplus = new_manifest("A boat")
    assert publish_within(records, quota, surplus) is State.REJECTED
    upload = records.uploads.find(surplus.upload_id)
    assert upload is not None
    assert upload.reason_code == Refusal.OVER_QUOTA
    assert "Take images back" in (upload.reason_message or "")
    assert records.images.find(surplus.upload_id) is None
    assert publish_within(records, quota, new_manifest(owner=BEN)) is State.PUBLISHED
    assert publish_within(records, UNLIMITED) is State.PUBLISHED


def test_taking_an_image_back_makes_room(records: Records) -> None:
    quota, first = Quota(images=1), new_manifest()
    assert publish_within(records, quota, first) is State.PUBLISHED
    records.taking_back.take_back(first.upload_id, ANN)
    assert publish_within(records, quota) is State.PUBLISHED


def test_a_repeated_publish_is_not_counted_against_itself(records: Records) -> None:
    quota, only = Quota(images=1), new_manifest()
    assert publish_within(records, quota, only) is State.PUBLISHED
    assert publish_within(records, quota, only) is State.PUBLISHED


def test_of_many_who_publish_at_once_only_as_many_pass_as_fit(records: Records) -> None:
    manifests = [new_manifest() for _ in range(8)]
    with ThreadPoolExecutor(2) as workers:
        states = list(workers.map(lambda m: publish_within(records, Quota(images=3), m), manifests))
    assert sorted(states) == [State.PUBLISHED] * 3 + [State.REJECTED] * 5
    assert records.usages.of_owner(ANN).images == 3

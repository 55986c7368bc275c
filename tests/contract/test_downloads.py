"""The promises of what is written down of downloads."""

from uuid import uuid4

from shared.domain.editing import Changes
from shared.domain.images import Image
from tests.contract.sides import Records
from tests.contract.uploads import new_manifest, publish


def published(records: Records) -> Image:
    """An image of Ann's."""
    manifest = new_manifest()
    publish(records.attempts, manifest)
    image = records.images.find(manifest.upload_id)
    assert image is not None
    return image


def test_what_stood_at_that_moment_is_written_down(records: Records) -> None:
    image, taker = published(records), uuid4()
    first = records.downloads.add(taker, "bob", image.id)
    assert first is not None
    assert records.editing.edit(image.id, image.owner, None, Changes(licence="cc0"))
    second = records.downloads.add(taker, "bob", image.id)
    assert second is not None
    assert (first.licence, first.version, second.licence, second.version) == (image.licence, 1, "cc0", 2)
    assert (first.sha256, first.size_bytes, first.shared_by) == (
        image.sha256,
        image.size_bytes,
        image.username,
    )
    assert records.downloads.find(first.id) == first
    assert [d.id for d in records.downloads.of_taker(taker, None, 10)] == [second.id, first.id]
    assert [d.id for d in records.downloads.of_taker(taker, second.id, 10)] == [first.id]
    assert [d.id for d in records.downloads.of_taker(taker, None, 1)] == [second.id]


def test_what_people_do_not_see_is_not_downloaded(records: Records) -> None:
    image = published(records)
    assert records.downloads.add(uuid4(), "bob", uuid4()) is None
    kept = records.downloads.add(uuid4(), "bob", image.id)
    assert records.taking_back.take_back(image.id, image.owner)
    assert records.downloads.add(uuid4(), "bob", image.id) is None
    assert kept is not None
    assert records.downloads.find(kept.id) == kept, "what was taken stays provable"


def test_an_account_that_ends_leaves_none_and_takes_no_others(records: Records) -> None:
    image, taker, other = published(records), uuid4(), uuid4()
    records.downloads.add(taker, "bob", image.id)
    records.downloads.add(other, "cem", image.id)
    for _ in range(2):
        records.downloads.forget(taker)
    assert records.downloads.of_taker(taker, None, 10) == []
    assert len(records.downloads.of_taker(other, None, 10)) == 1

"""Failed uploads by reason, and their end by an operator's word."""

from shared.domain.manifest import Manifest
from shared.domain.uploads import State
from tests.contract.sides import Records
from tests.contract.uploads import attempt, new_manifest, publish

DISK, AWAY = "OSError at worker/pipeline.fetch", "StoreUnavailable at worker/pipeline.publish"


def failed(records: Records, message: str) -> Manifest:
    manifest = new_manifest()
    records.attempts.begin(manifest, attempt(5))
    records.attempts.fail(manifest.upload_id, attempt(5), message)
    return manifest


def test_failures_are_grouped_by_what_stays_the_same(records: Records) -> None:
    assert records.failed_uploads.groups(50) == []
    disks = sorted(failed(records, f"{DISK}: {words}").upload_id for words in ("full: 1", "full: 2"))
    away = failed(records, f"{AWAY}: down").upload_id
    bare = failed(records, "The last permitted attempt was cut off.").upload_id
    publish(records.attempts, new_manifest())

    first, *others = records.failed_uploads.groups(50)

    assert (first.reason, first.count, first.sample.id) == (DISK, 2, disks[1])
    assert first.first_at <= first.last_at
    assert {(g.reason, g.count, g.sample.id) for g in others} == {
        (AWAY, 1, away),
        ("The last permitted attempt was cut off.", 1, bare),
    }
    assert len(records.failed_uploads.groups(1)) == 1
    assert [records.failed_uploads.count(r) for r in (None, DISK, AWAY, "x")] == [4, 2, 1, 0]
    assert [u.id for u in records.failed_uploads.of(DISK, None, 50)] == disks
    assert [u.id for u in records.failed_uploads.of(DISK, disks[0], 50)] == disks[1:]
    assert len(records.failed_uploads.of(None, None, 3)) == 3


def test_a_discarded_upload_is_rejected_once(records: Records) -> None:
    manifest = failed(records, f"{DISK}: full")

    assert records.failed_uploads.discard(manifest.upload_id, "é" * 600) is True
    assert records.failed_uploads.discard(manifest.upload_id, "é" * 600) is False
    assert records.recovery.redriven(manifest) is False

    upload = records.uploads.find(manifest.upload_id)
    assert upload is not None
    assert (upload.status, upload.reason_code) == (State.REJECTED, "discarded")
    assert upload.reason_message == "é" * 500
    assert records.uploads.events(manifest.upload_id)[-1].step == "discard"
    assert records.failed_uploads.count(None) == 0


def test_only_what_is_failed_is_discarded(records: Records) -> None:
    published, unknown = new_manifest(), new_manifest()
    publish(records.attempts, published)
    assert not records.failed_uploads.discard(published.upload_id, "m")
    assert not records.failed_uploads.discard(unknown.upload_id, "m")
    assert records.uploads.find(unknown.upload_id) is None

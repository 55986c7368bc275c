"""Failed uploads by reason, and their end by an operator's word."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shared.domain.failures import Span
from shared.domain.manifest import Manifest
from shared.domain.uploads import State
from tests.contract.sides import Records
from tests.contract.uploads import attempt, new_manifest, publish

DISK, AWAY = "OSError at worker/pipeline.fetch", "StoreUnavailable at worker/pipeline.publish"


def failed(records: Records, message: str, version: str | None = None) -> Manifest:
    manifest = new_manifest()
    records.attempts.begin(manifest, replace(attempt(5), version=version))
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


def test_a_group_names_the_versions_of_its_workers(records: Records) -> None:
    for version in ("1.2", "1.1", "1.2", None):
        failed(records, f"{DISK}: full", version)
    [group] = records.failed_uploads.groups(50)
    assert group.versions == ("1.1", "1.2")
    assert [u.worker_version for u in records.failed_uploads.of(DISK, None, 9)] == ["1.2", "1.1", "1.2", None]


def test_a_span_has_its_beginning_and_not_its_end(records: Records) -> None:
    failed(records, f"{DISK}: full")
    [group] = records.failed_uploads.groups(1)
    then, instant = group.first_at, timedelta(microseconds=1)
    spans = {
        Span(then): 1,
        Span(then + instant): 0,
        Span(until=then): 0,
        Span(until=then + instant): 1,
        Span(then, then + instant): 1,
        Span(datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC)): 0,
    }
    for span, count in spans.items():
        assert records.failed_uploads.count(None, span) == count, span
        assert records.failed_uploads.count(DISK, span) == count, span
        assert len(records.failed_uploads.of(DISK, None, 9, span)) == count, span
        assert len(records.failed_uploads.groups(9, span)) == count, span

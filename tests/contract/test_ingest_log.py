"""What happens to an upload, as attempts, the sweep and an operator record it, and as people read it afterwards."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.domain.manifest import Manifest
from shared.domain.uploads import Event, State, Upload
from shared.ports.unavailable import CatalogueUnavailable
from tests.contract.sides import Records
from tests.contract.uploads import ANN, attempt, image_of, new_manifest, publish

BEN = UUID("1b6ae8a6-53a5-4b6c-9b59-5b6ab0a4a4b1")


def the(records: Records, manifest: Manifest) -> Upload:
    """What is known of it."""
    found = records.uploads.find(manifest.upload_id)
    assert found is not None
    return found


def event(result: str = "ok") -> Event:
    return Event(datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=UTC), "fetch", 1, "w", 12, result)


def begun(records: Records, number: int = 1) -> Manifest:
    manifest = new_manifest()
    assert records.attempts.begin(manifest, attempt(number)) is State.PROCESSING
    return manifest


def failed(records: Records) -> Manifest:
    manifest = begun(records, number=5)
    records.attempts.fail(manifest.upload_id, attempt(5), "the disk was full")
    return manifest


def rejected(records: Records) -> Manifest:
    manifest = begun(records)
    records.attempts.reject(manifest.upload_id, attempt(), "corrupt", "It is damaged.", [])
    return manifest


def published(records: Records) -> Manifest:
    manifest = new_manifest()
    assert publish(records.attempts, manifest) is State.PUBLISHED
    return manifest


def test_before_an_attempt_nothing_is_known(records: Records) -> None:
    assert records.uploads.find(uuid4()) is None
    assert records.uploads.find_many([]) == {}
    assert records.uploads.events(uuid4()) == []


def test_an_attempt_that_begins_makes_the_record_from_the_manifest(records: Records) -> None:
    manifest = new_manifest()

    assert records.attempts.begin(manifest, attempt(2)) is State.PROCESSING

    upload = the(records, manifest)
    assert (upload.id, upload.owner, upload.username) == (manifest.upload_id, ANN, "ann")
    assert (upload.filename, upload.size_bytes) == ("IMG.jpg", 3)
    assert upload.accepted_at == manifest.accepted_at
    assert (upload.status, upload.attempts, upload.requeued_at) == (State.PROCESSING, 2, None)
    assert (upload.reason_code, upload.reason_message) == (None, None)


def test_publishing_records_image_state_and_timeline_together(records: Records) -> None:
    manifest = begun(records)
    image = image_of(manifest)

    assert records.attempts.publish(image, [("word", "boat")], attempt(), [event()]) is State.PUBLISHED

    assert the(records, manifest).status is State.PUBLISHED
    assert records.uploads.events(manifest.upload_id) == [event()]
    assert records.images.find(manifest.upload_id) == image


def test_a_publish_that_fails_half_way_records_nothing(records: Records) -> None:
    manifest = begun(records)
    unwritable: Any = None

    with pytest.raises(AttributeError):
        records.attempts.publish(image_of(manifest), [("word", "boat")], attempt(), [unwritable])

    assert the(records, manifest).status is State.PROCESSING
    assert records.images.find(manifest.upload_id) is None
    assert records.attempts.publish(image_of(manifest), [("word", "boat")], attempt(2), []) is State.PUBLISHED


def test_publishing_twice_publishes_once(records: Records) -> None:
    manifest = published(records)

    again = records.attempts.publish(image_of(manifest), [("word", "late")], attempt(2), [event()])

    assert again is State.PUBLISHED
    assert (the(records, manifest).attempts, records.uploads.events(manifest.upload_id)) == (1, [])


def test_what_was_never_begun_can_be_neither_published_nor_ended(records: Records) -> None:
    manifest = new_manifest()
    ends: list[Callable[[], object]] = [
        lambda: records.attempts.publish(image_of(manifest), [], attempt(), []),
        lambda: records.attempts.reject(manifest.upload_id, attempt(), "corrupt", "m", []),
        lambda: records.attempts.fail(manifest.upload_id, attempt(), "m"),
    ]
    for end in ends:
        with pytest.raises(CatalogueUnavailable):
            end()
    assert records.uploads.find(manifest.upload_id) is None
    assert records.images.find(manifest.upload_id) is None


def test_a_rejection_has_its_reason_and_a_failure_its_cause(records: Records) -> None:
    bad, ours = rejected(records), failed(records)

    assert the(records, bad).status is State.REJECTED
    assert (the(records, bad).reason_code, the(records, bad).reason_message) == ("corrupt", "It is damaged.")
    assert the(records, ours).status is State.FAILED
    assert the(records, ours).reason_code == "dead_letter"
    assert the(records, ours).reason_message == "the disk was full"
    [told] = records.uploads.events(ours.upload_id)
    assert (told.step, told.attempt, told.worker, told.result) == ("dead-letter", 5, "w", "the disk was full")


@pytest.mark.parametrize("made", [published, rejected], ids=["published", "rejected"])
@pytest.mark.parametrize("late", ["begin", "publish", "reject", "fail", "requeued", "redriven"])
def test_an_end_is_never_overwritten(
    records: Records, made: Callable[[Records], Manifest], late: str
) -> None:
    manifest = made(records)
    before, image = the(records, manifest), records.images.find(manifest.upload_id)
    second = attempt(2, "late")
    acts: dict[str, Callable[[], object]] = {
        "begin": lambda: records.attempts.begin(manifest, second),
        "publish": lambda: records.attempts.publish(image_of(manifest), [], second, [event()]),
        "reject": lambda: records.attempts.reject(manifest.upload_id, second, "x", "late", [event()]),
        "fail": lambda: records.attempts.fail(manifest.upload_id, second, "late"),
        "requeued": lambda: records.recovery.requeued(manifest),
        "redriven": lambda: records.recovery.redriven(manifest),
    }

    said = acts[late]()

    assert said in (before.status, False, None)
    after = the(records, manifest)
    assert (after.status, after.attempts, after.reason_code) == (
        before.status,
        before.attempts,
        before.reason_code,
    )
    assert records.uploads.events(manifest.upload_id) == []
    assert records.images.find(manifest.upload_id) == image


def test_a_failure_is_neither_told_twice_nor_requeued(records: Records) -> None:
    manifest = failed(records)

    records.recovery.fail(manifest.upload_id, attempt(9, "sweep"), "said again")
    records.recovery.requeued(manifest)

    assert (the(records, manifest).status, the(records, manifest).attempts) == (State.FAILED, 5)
    assert the(records, manifest).reason_message == "the disk was full"
    assert len(records.uploads.events(manifest.upload_id)) == 1


def test_a_failed_upload_is_published_by_an_attempt_that_comes_after_all(records: Records) -> None:
    manifest = failed(records)

    assert publish(records.attempts, manifest, number=6) is State.PUBLISHED

    upload = the(records, manifest)
    assert (upload.status, upload.attempts, upload.reason_code) == (State.PUBLISHED, 6, None)


def test_only_a_failed_upload_is_redriven_and_then_begins_anew(records: Records) -> None:
    manifest = failed(records)

    assert records.recovery.redriven(manifest) is True
    assert records.recovery.redriven(manifest) is False, "it is queued by now"

    upload = the(records, manifest)
    assert (upload.status, upload.attempts) == (State.QUEUED, 0)
    assert (upload.reason_code, upload.reason_message) == (None, None)
    assert upload.requeued_at is not None
    steps = [(e.step, e.worker) for e in records.uploads.events(manifest.upload_id)]
    assert steps == [("dead-letter", "w"), ("redrive", "operator")]


@pytest.mark.parametrize("made", [begun, published, rejected], ids=["begun", "published", "rejected"])
def test_nothing_else_is_redriven(records: Records, made: Callable[[Records], Manifest]) -> None:
    manifest = made(records)
    before = the(records, manifest).status
    assert records.recovery.redriven(manifest) is False
    assert the(records, manifest).status is before
    assert the(records, manifest).requeued_at is None


def test_a_requeued_upload_waits_again_even_if_no_attempt_had_begun(records: Records) -> None:
    known, unknown = begun(records, number=3), new_manifest()

    for manifest in (known, unknown):
        records.recovery.requeued(manifest)

        upload = the(records, manifest)
        assert (upload.status, upload.attempts) == (State.QUEUED, 0)
        assert upload.requeued_at is not None
        assert [e.step for e in records.uploads.events(manifest.upload_id)] == ["requeue"]


def test_the_age_of_the_last_change_is_told_and_notes_are_no_change(records: Records) -> None:
    manifest = begun(records)

    def unchanged_for() -> timedelta:
        age = the(records, manifest).unchanged_for
        assert age is not None
        return age

    assert timedelta() <= unchanged_for() < timedelta(seconds=30)
    records.pass_time(timedelta(minutes=5))
    assert timedelta(minutes=5) <= unchanged_for() < timedelta(minutes=6)
    records.attempts.note(manifest.upload_id, [event()])
    assert unchanged_for() >= timedelta(minutes=5)
    changes: list[Callable[[], object]] = [
        lambda: records.attempts.begin(manifest, attempt(2)),
        lambda: records.recovery.requeued(manifest),
        lambda: records.attempts.fail(manifest.upload_id, attempt(5), "m"),
        lambda: records.recovery.redriven(manifest),
        lambda: publish(records.attempts, manifest),
    ]
    for change in changes:
        records.pass_time(timedelta(minutes=5))
        change()
        assert unchanged_for() < timedelta(minutes=1)
    records.pass_time(timedelta(minutes=5))
    records.recovery.requeued(manifest)
    assert unchanged_for() >= timedelta(minutes=5), "what changes nothing is no change"


def test_the_timeline_keeps_the_order_in_which_it_was_told(records: Records) -> None:
    manifest = begun(records)
    told = [event(f"result {number}") for number in range(4)]

    records.attempts.note(manifest.upload_id, told[:2])
    records.attempts.note(manifest.upload_id, [])
    records.attempts.reject(manifest.upload_id, attempt(), "corrupt", "m", told[2:])

    assert records.uploads.events(manifest.upload_id) == told


def test_long_words_are_cut_and_not_refused(records: Records) -> None:
    manifest = begun(records)
    records.attempts.note(manifest.upload_id, [event("é" * 600)])
    records.attempts.reject(manifest.upload_id, attempt(), "corrupt", "é" * 600, [])
    assert the(records, manifest).reason_message == "é" * 500
    assert [e.result for e in records.uploads.events(manifest.upload_id)] == ["é" * 500]


def test_an_owners_uploads_are_read_page_by_page_newest_first(records: Records) -> None:
    mine = [new_manifest() for _ in range(5)]
    for manifest in (*mine, new_manifest(owner=BEN)):
        records.attempts.begin(manifest, attempt())
    newest_first = [m.upload_id for m in reversed(mine)]

    def page(before: UUID | None) -> list[UUID]:
        return [u.id for u in records.uploads.of_owner(ANN, tuple(State), before, 2)]

    assert page(None) == newest_first[:2]
    assert page(newest_first[1]) == newest_first[2:4]
    assert page(newest_first[3]) == newest_first[4:]
    assert page(newest_first[4]) == []


def test_an_owners_uploads_are_told_apart_by_state(records: Records) -> None:
    by_state = {
        State.PROCESSING: begun(records),
        State.PUBLISHED: published(records),
        State.REJECTED: rejected(records),
        State.FAILED: failed(records),
    }
    for state, manifest in by_state.items():
        found = records.uploads.of_owner(ANN, [state], None, 9)
        assert [u.id for u in found] == [manifest.upload_id]
    records.attempts.begin(new_manifest(owner=BEN), attempt())
    assert records.uploads.counts_of(ANN) == dict.fromkeys(by_state, 1)
    assert records.uploads.counts_of(BEN) == {State.PROCESSING: 1}
    problems = records.uploads.of_owner(ANN, [State.REJECTED, State.FAILED], None, 9)
    assert [u.status for u in problems] == [State.FAILED, State.REJECTED]


def test_operators_see_everybodys_newest(records: Records) -> None:
    manifests = [new_manifest(owner=owner) for owner in (ANN, BEN, ANN)]
    for manifest in manifests:
        records.attempts.begin(manifest, attempt())
    assert [u.id for u in records.uploads.recent(2)] == [m.upload_id for m in manifests[:0:-1]]


def test_failed_uploads_are_read_page_by_page_oldest_first(records: Records) -> None:
    waiting = [failed(records).upload_id for _ in range(3)]
    rejected(records)

    assert [u.id for u in records.failed_uploads.of(None, None, 2)] == waiting[:2]
    assert [u.id for u in records.failed_uploads.of(None, waiting[1], 2)] == waiting[2:]
    assert records.failed_uploads.of(None, waiting[2], 2) == []


def test_many_are_found_at_once(records: Records) -> None:
    known = [begun(records).upload_id for _ in range(2)]
    found = records.uploads.find_many([*known, uuid4()])
    assert {i: u.id for i, u in found.items()} == {i: i for i in known}


def failed_attempts(records: Records, count: int) -> Manifest:
    """An upload with so many attempts that ended with an error, the others having been cut off."""
    manifest = begun(records)
    for _ in range(count):
        records.attempts.note(manifest.upload_id, [event("failed: StoreUnavailable")])
    records.attempts.begin(manifest, attempt(4))
    return manifest


@pytest.mark.parametrize(("errors", "spared"), [(0, True), (3, True), (4, False)])
def test_attempts_that_were_cut_off_are_spared_and_those_that_failed_count(
    records: Records, errors: int, spared: bool
) -> None:
    manifest = failed_attempts(records, errors)
    assert records.attempts.spare(manifest, attempt(5)) is spared
    upload = the(records, manifest)
    assert (upload.status, upload.attempts) == ((State.QUEUED, 0) if spared else (State.PROCESSING, 4))
    last = records.uploads.events(manifest.upload_id)[-1] if spared or errors else None
    assert (last is not None and last.step == "spare") is spared


def test_an_upload_is_spared_so_often_and_anew_when_somebody_has_it_tried_again(records: Records) -> None:
    manifest = begun(records)
    assert [records.attempts.spare(manifest, attempt(5)) for _ in range(4)] == [True, True, True, False]
    records.attempts.begin(manifest, attempt(5))
    records.attempts.fail(manifest.upload_id, attempt(5), "cut off")
    assert not records.attempts.spare(manifest, attempt(5)), "what has failed waits for an operator"
    assert records.recovery.redriven(manifest)
    assert records.attempts.spare(manifest, attempt(5))


@pytest.mark.parametrize("made", [published, rejected])
def test_what_is_finished_is_not_spared(records: Records, made: Callable[[Records], Manifest]) -> None:
    assert not records.attempts.spare(made(records), attempt(5))

"""What an owner's second thoughts and a worker's erasing change, and that nothing undoes them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from shared.domain.editing import Changes
from shared.domain.ids import new_upload_id
from shared.domain.images import ImageQuery
from shared.domain.manifest import Manifest
from shared.domain.taking_back import ATTEMPTS_OVER_AFTER, UNDO_FOR, UNDO_SECONDS
from shared.domain.terms import parse_query
from shared.domain.uploads import GONE, Event, State, Upload
from shared.ports.editing import Edited
from shared.ports.taking_back import Restored, TakenBack
from tests.contract.sides import Records
from tests.contract.uploads import ANN, attempt, image_of, new_manifest, publish

BEN = UUID("1b6ae8a6-53a5-4b6c-9b59-5b6ab0a4a4b1")
ERASED = Event(datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=UTC), "erase", 1, "w", 12, "3 objects")


def the(records: Records, manifest: Manifest) -> Upload:
    found = records.uploads.find(manifest.upload_id)
    assert found is not None
    return found


def published(records: Records, caption: str = "A red #boat") -> Manifest:
    """An image of which no attempt can be running any more."""
    manifest = new_manifest(caption)
    assert publish(records.attempts, manifest) is State.PUBLISHED
    records.pass_time(ATTEMPTS_OVER_AFTER)
    return manifest


def begun(records: Records) -> Manifest:
    manifest = new_manifest()
    records.attempts.begin(manifest, attempt())
    return manifest


def failed(records: Records) -> Manifest:
    manifest = begun(records)
    records.attempts.fail(manifest.upload_id, attempt(5), "the disk was full")
    return manifest


def taken_back(records: Records, made: Callable[[Records], Manifest] = published) -> Manifest:
    manifest = made(records)
    assert records.taking_back.take_back(manifest.upload_id, ANN) is not None
    return manifest


def erased(records: Records) -> Manifest:
    manifest = taken_back(records)
    records.pass_time(UNDO_FOR)
    assert records.erasing.begin(manifest.upload_id, attempt()) is not None
    records.erasing.done(manifest.upload_id, [ERASED])
    return manifest


def steps(records: Records, manifest: Manifest) -> list[str]:
    return [event.step for event in records.uploads.events(manifest.upload_id)]


def is_found(records: Records, manifest: Manifest) -> set[str]:
    """By which roads people still get to the image."""
    image_id, images = manifest.upload_id, records.images
    roads = {
        "find": images.find(image_id) is not None,
        "find_many": image_id in images.find_many([image_id]),
        "feed": image_id in [i.id for i in images.search(ImageQuery()).items],
        "search": image_id in [i.id for i in images.search(ImageQuery(parse_query("boat"))).items],
        "profile": images.count_of("ann") > 0,
        "neighbours": any(images.neighbours(UUID(int=i)) != (None, None) for i in (0, 2**128 - 1)),
    }
    return {road for road, leads in roads.items() if leads}


ALL_ROADS = {"find", "find_many", "feed", "search", "profile", "neighbours"}


def test_what_is_taken_back_is_found_by_no_road(records: Records) -> None:
    manifest = published(records)
    assert is_found(records, manifest) == ALL_ROADS

    assert records.taking_back.take_back(manifest.upload_id, ANN) is not None

    assert is_found(records, manifest) == set()
    upload = the(records, manifest)
    assert upload.status is State.TAKEN_BACK
    assert upload.taken_back_at is not None
    assert upload.erased_at is None
    assert upload.undo_for is not None
    assert timedelta() < upload.undo_for <= timedelta(seconds=UNDO_SECONDS)
    assert steps(records, manifest) == ["take back"]


def test_what_is_taken_back_can_not_be_edited_and_comes_back_as_it_was_edited_before(
    records: Records,
) -> None:
    manifest = published(records)
    edited = records.editing.edit(
        manifest.upload_id, ANN, None, Changes(caption="A blue ship", licence="cc0")
    )
    assert isinstance(edited, Edited)
    records.taking_back.take_back(manifest.upload_id, ANN)

    assert records.editing.edit(manifest.upload_id, ANN, None, Changes(caption="late")) is None

    assert records.taking_back.restore(manifest.upload_id, ANN) is Restored.THERE
    assert records.images.find(manifest.upload_id) == edited.image
    found = records.images.search(ImageQuery(parse_query("blue ship"))).items
    assert [image.id for image in found] == [manifest.upload_id]
    assert records.images.search(ImageQuery(parse_query("boat"))).items == []


def test_what_was_granted_stays_provable(records: Records) -> None:
    manifest = erased(records)
    assert [grant.licence for grant in records.editing.grants(manifest.upload_id)] == ["cc-by"]


def test_others_images_keep_their_places(records: Records) -> None:
    older, manifest, newer = published(records), published(records), published(records)
    records.taking_back.take_back(manifest.upload_id, ANN)
    assert records.images.neighbours(older.upload_id) == (newer.upload_id, None)
    assert records.images.neighbours(newer.upload_id) == (None, older.upload_id)
    page = records.images.search(ImageQuery(limit=1))
    assert ([i.id for i in page.items], page.more) == ([newer.upload_id], True)
    assert records.images.count_of("ann") == 2


def test_within_the_undo_time_it_comes_back_as_it_was(records: Records) -> None:
    manifest = published(records)
    image = records.images.find(manifest.upload_id)
    records.taking_back.take_back(manifest.upload_id, ANN)
    records.pass_time(UNDO_FOR - timedelta(seconds=1))

    assert records.taking_back.restore(manifest.upload_id, ANN) is Restored.THERE

    assert is_found(records, manifest) == ALL_ROADS
    assert records.images.find(manifest.upload_id) == image
    upload = the(records, manifest)
    assert (upload.status, upload.taken_back_at, upload.undo_for) == (State.PUBLISHED, None, None)
    records.pass_time(timedelta(hours=1))
    assert records.erasing.begin(manifest.upload_id, attempt()) is None, "an early message erases nothing"
    assert steps(records, manifest) == ["take back", "restore"]


def test_a_page_offers_the_undo_for_a_little_less_than_it_works(records: Records) -> None:
    manifest = taken_back(records)
    records.pass_time(timedelta(seconds=UNDO_SECONDS))
    assert the(records, manifest).undo_for is None
    assert records.taking_back.restore(manifest.upload_id, ANN) is Restored.THERE


def test_afterwards_it_is_too_late_whether_a_worker_has_begun_or_not(records: Records) -> None:
    manifest = taken_back(records)
    records.pass_time(UNDO_FOR)
    assert records.taking_back.restore(manifest.upload_id, ANN) is Restored.TOO_LATE
    assert records.erasing.begin(manifest.upload_id, attempt()) is not None
    assert records.taking_back.restore(manifest.upload_id, ANN) is Restored.TOO_LATE
    assert is_found(records, manifest) == set()


def test_erasing_that_has_begun_ends_the_undo_even_if_a_clock_goes_back(records: Records) -> None:
    manifest = taken_back(records)
    records.pass_time(UNDO_FOR)
    assert records.erasing.begin(manifest.upload_id, attempt()) is not None
    records.pass_time(-UNDO_FOR)
    assert records.taking_back.restore(manifest.upload_id, ANN) is Restored.TOO_LATE
    assert the(records, manifest).undo_for is None


def test_a_second_click_changes_nothing(records: Records) -> None:
    manifest = published(records)
    first = records.taking_back.take_back(manifest.upload_id, ANN)
    at = the(records, manifest).taken_back_at
    records.pass_time(timedelta(seconds=5))
    before = the(records, manifest).taken_back_at

    second = records.taking_back.take_back(manifest.upload_id, ANN)

    assert at is not None
    assert the(records, manifest).taken_back_at == before
    assert steps(records, manifest) == ["take back"]
    assert first is not None
    assert second is not None
    assert first.erasable_in is not None
    assert second.erasable_in is not None
    assert second.erasable_in < first.erasable_in <= UNDO_FOR
    assert records.taking_back.restore(manifest.upload_id, ANN) is Restored.THERE
    assert records.taking_back.restore(manifest.upload_id, ANN) is Restored.THERE
    assert steps(records, manifest) == ["take back", "restore"]


def test_only_its_owner_takes_back_and_restores(records: Records) -> None:
    manifest = published(records)
    assert records.taking_back.take_back(manifest.upload_id, BEN) is None
    assert is_found(records, manifest) == ALL_ROADS
    records.taking_back.take_back(manifest.upload_id, ANN)
    assert records.taking_back.take_back(manifest.upload_id, BEN) is None
    assert records.taking_back.restore(manifest.upload_id, BEN) is Restored.UNKNOWN
    assert is_found(records, manifest) == set()


def test_what_there_is_not_is_neither_taken_back_nor_restored_nor_erased(records: Records) -> None:
    nothing = uuid4()
    assert records.taking_back.take_back(nothing, ANN) is None
    assert records.taking_back.restore(nothing, ANN) is Restored.UNKNOWN
    assert records.erasing.begin(nothing, attempt()) is None
    records.erasing.done(nothing, [ERASED])
    records.erasing.resent(nothing)
    assert records.uploads.find(nothing) is None
    assert records.uploads.events(nothing) == []


def test_a_rejected_file_has_nothing_to_take_back(records: Records) -> None:
    manifest = begun(records)
    records.attempts.reject(manifest.upload_id, attempt(), "corrupt", "It is damaged.", [])
    assert records.taking_back.take_back(manifest.upload_id, ANN) is None
    assert the(records, manifest).status is State.REJECTED


@pytest.mark.parametrize("made", [begun, failed], ids=["processing", "failed"])
def test_what_is_on_its_way_is_taken_back_too_and_begins_anew_when_restored(
    records: Records, made: Callable[[Records], Manifest]
) -> None:
    manifest = taken_back(records, made)
    assert the(records, manifest).status is State.TAKEN_BACK
    assert the(records, manifest).reason_code is None

    assert records.taking_back.restore(manifest.upload_id, ANN) is Restored.QUEUED

    upload = the(records, manifest)
    assert (upload.status, upload.attempts, upload.taken_back_at) == (State.QUEUED, 0, None)
    assert publish(records.attempts, manifest) is State.PUBLISHED
    assert is_found(records, manifest) >= {"find", "feed"}


def test_what_no_attempt_has_begun_is_taken_back_by_its_manifest(records: Records) -> None:
    manifest = new_manifest()
    assert records.taking_back.take_back(manifest.upload_id, ANN) is None

    assert records.taking_back.take_back(manifest.upload_id, ANN, manifest) is not None

    assert the(records, manifest).status is State.TAKEN_BACK
    assert records.attempts.begin(manifest, attempt()) is State.TAKEN_BACK
    assert records.taking_back.restore(manifest.upload_id, ANN) is Restored.QUEUED


def test_an_attempt_at_work_publishes_nothing_and_rejects_nothing(records: Records) -> None:
    for end in ("publish", "reject", "fail"):
        manifest = taken_back(records, begun)
        if end == "publish":
            image = image_of(manifest)
            said = records.attempts.publish(image, [("word", "boat")], attempt(), [ERASED])
            assert said is State.TAKEN_BACK
        elif end == "reject":
            said = records.attempts.reject(manifest.upload_id, attempt(), "x", "late", [ERASED])
            assert said is State.TAKEN_BACK
        else:
            records.attempts.fail(manifest.upload_id, attempt(), "late")
        assert the(records, manifest).status is State.TAKEN_BACK
        assert is_found(records, manifest) == set()


def test_erasing_waits_until_no_attempt_can_put_objects_any_more(records: Records) -> None:
    manifest = begun(records)
    told = records.taking_back.take_back(manifest.upload_id, ANN)
    assert told is not None
    assert told.erasable_in is not None
    assert UNDO_FOR < told.erasable_in <= ATTEMPTS_OVER_AFTER

    records.pass_time(ATTEMPTS_OVER_AFTER - timedelta(seconds=5))
    assert records.erasing.begin(manifest.upload_id, attempt()) is None
    assert records.erasing.due(None, 9) == []

    records.pass_time(timedelta(seconds=5))
    erasure = records.erasing.begin(manifest.upload_id, attempt())
    assert erasure is not None
    assert (erasure.upload_id, erasure.owner) == (manifest.upload_id, ANN)
    assert (erasure.filename, erasure.accepted_at) == (manifest.filename, manifest.accepted_at)


def test_of_what_is_erased_its_id_its_owner_and_times_remain(records: Records) -> None:
    manifest = erased(records)

    upload = the(records, manifest)
    assert (upload.status, upload.id, upload.owner) == (State.ERASED, manifest.upload_id, ANN)
    assert (upload.filename, upload.username, upload.size_bytes) == ("", "", 0)
    assert upload.accepted_at == manifest.accepted_at
    assert upload.taken_back_at is not None
    assert upload.erased_at is not None
    assert records.uploads.events(manifest.upload_id)[-1] == ERASED
    assert is_found(records, manifest) == set()
    assert records.taking_back.take_back(manifest.upload_id, ANN) == TakenBack(None)
    assert records.taking_back.restore(manifest.upload_id, ANN) is Restored.TOO_LATE
    assert records.erasing.begin(manifest.upload_id, attempt()) is None
    assert [u.id for u in records.uploads.of_owner(ANN, GONE, None, 9)] == [manifest.upload_id]


@pytest.mark.parametrize("made", [taken_back, erased], ids=["taken back", "erased"])
@pytest.mark.parametrize("late", ["begin", "publish", "reject", "fail", "requeued", "redriven"])
def test_nothing_that_comes_late_undoes_it(
    records: Records, made: Callable[[Records], Manifest], late: str
) -> None:
    manifest = made(records)
    before, told = the(records, manifest), records.uploads.events(manifest.upload_id)
    second = attempt(2, "late")
    acts: dict[str, Callable[[], object]] = {
        "begin": lambda: records.attempts.begin(manifest, second),
        "publish": lambda: records.attempts.publish(image_of(manifest), [], second, [ERASED]),
        "reject": lambda: records.attempts.reject(manifest.upload_id, second, "x", "late", [ERASED]),
        "fail": lambda: records.attempts.fail(manifest.upload_id, second, "late"),
        "requeued": lambda: records.recovery.requeued(manifest),
        "redriven": lambda: records.recovery.redriven(manifest),
    }

    assert acts[late]() in (before.status, False, None)

    after = the(records, manifest)
    assert (after.status, after.attempts, after.erased_at) == (
        before.status,
        before.attempts,
        before.erased_at,
    )
    assert records.uploads.events(manifest.upload_id) == told
    assert is_found(records, manifest) == set()


def test_a_second_worker_that_erases_tells_it_once(records: Records) -> None:
    manifest = erased(records)
    told = records.uploads.events(manifest.upload_id)
    at = the(records, manifest).erased_at
    records.erasing.done(manifest.upload_id, [ERASED])
    assert records.uploads.events(manifest.upload_id) == told
    assert the(records, manifest).erased_at == at


def test_what_was_restored_meanwhile_is_not_recorded_as_erased(records: Records) -> None:
    manifest = published(records)
    records.erasing.done(manifest.upload_id, [ERASED])
    assert is_found(records, manifest) == ALL_ROADS


def test_what_is_due_is_read_page_by_page_oldest_first(records: Records) -> None:
    made = [published(records) for _ in range(4)]
    waiting = [manifest.upload_id for manifest in made[:3]]
    for upload_id in waiting:
        records.taking_back.take_back(upload_id, ANN)
    assert records.erasing.due(None, 9) == []
    records.pass_time(UNDO_FOR)
    assert [u.id for u in records.erasing.due(None, 2)] == waiting[:2]
    assert [u.id for u in records.erasing.due(waiting[1], 2)] == waiting[2:]
    assert records.erasing.due(waiting[2], 2) == []


def test_what_is_sent_again_counts_anew(records: Records) -> None:
    manifest = taken_back(records)
    records.pass_time(timedelta(minutes=5))

    records.erasing.resent(manifest.upload_id)

    [upload] = records.erasing.due(None, 9)
    assert upload.unchanged_for is not None
    assert upload.unchanged_for < timedelta(minutes=1)
    assert upload.requeued_at is not None
    assert steps(records, manifest) == ["take back", "requeue"]
    gone = erased(records)
    before = the(records, gone).requeued_at
    records.erasing.resent(gone.upload_id)
    assert the(records, gone).requeued_at == before


def test_a_restored_database_is_told_for_good_what_had_been_taken_back(records: Records) -> None:
    shown, waiting, unknown, bare = published(records), begun(records), new_manifest(), new_upload_id()

    for known, manifest in ((shown, None), (waiting, None), (unknown, unknown)):
        assert records.erasing.taken_back_before(known.upload_id, ANN, manifest) is True
        assert the(records, known).status is State.TAKEN_BACK
        assert is_found(records, known) == set()
        assert records.taking_back.restore(known.upload_id, ANN) is Restored.TOO_LATE
        assert records.erasing.taken_back_before(known.upload_id, ANN, manifest) is False
    assert records.erasing.taken_back_before(bare, ANN, None) is True

    assert records.attempts.begin(unknown, attempt()) is State.TAKEN_BACK
    records.pass_time(ATTEMPTS_OVER_AFTER)
    due = [u.id for u in records.erasing.due(None, 9)]
    assert due == sorted([shown.upload_id, waiting.upload_id, unknown.upload_id, bare])
    erasure = records.erasing.begin(unknown.upload_id, attempt())
    assert erasure is not None
    assert erasure.filename == unknown.filename
    done = erased(records)
    assert records.erasing.taken_back_before(done.upload_id, ANN, None) is False
    assert the(records, done).status is State.ERASED

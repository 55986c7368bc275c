"""The promises of accounts that are being deleted."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from shared.domain.albums import Album
from shared.domain.shares import Kind, NewShare
from shared.domain.uploads import State
from shared.ports.asks import Asked
from shared.ports.closing import ClosingAccount
from shared.ports.taking_back import Restored
from tests.contract.sides import Records
from tests.contract.uploads import ANN, attempt, image_of, new_manifest, publish

BEN = UUID("1b6ae8a6-53a5-4b6c-9b59-5b6ab0a4a4b1")


def states(records: Records, *upload_ids: UUID) -> list[State]:
    found = records.uploads.find_many(upload_ids)
    return [found[i].status for i in upload_ids]


def test_it_begins_once_ends_every_session_and_stays_known(records: Records) -> None:
    closing, ann, ben = records.closing, uuid4(), uuid4()
    records.account_records.set_default_licence(ann, "cc0")
    records.account_records.set_default_licence(ben, "cc0")
    assert not closing.begun(ann)
    assert closing.under_way(10) == []
    closing.begin(ann, "ann")
    closing.begin(ann, "another-name")
    assert closing.begun(ann)
    assert not closing.begun(ben)
    assert closing.under_way(10) == [ClosingAccount(ann, "ann")]
    ended = records.session_records.ends(ann, None).moment
    assert ended is not None
    assert ended > datetime(9000, 1, 1, tzinfo=UTC), "whenever a session begins"
    records.session_records.end_all(ann, datetime.now(UTC))
    assert records.session_records.ends(ann, None).moment == ended
    for _ in range(2):
        closing.done(ann)
        assert closing.begun(ann)
        assert closing.under_way(10) == []
        assert records.account_records.default_licence(ann) is None
    closing.begin(ann, "ann")
    assert closing.under_way(10) == [], "it is done"
    assert records.account_records.default_licence(ben) == "cc0"


def test_what_has_not_begun_is_not_done(records: Records) -> None:
    records.account_records.set_default_licence(ANN, "cc0")
    records.closing.done(ANN)
    assert not records.closing.begun(ANN)
    assert records.account_records.default_licence(ANN) == "cc0"


def test_the_oldest_comes_first(records: Records) -> None:
    accounts = [ClosingAccount(uuid4(), name) for name in ("a", "b", "c")]
    for account in accounts:
        records.closing.begin(account.owner, account.username)
    assert records.closing.under_way(2) == accounts[:2]


def test_everything_of_the_owner_is_taken_back_in_batches_and_without_an_undo(records: Records) -> None:
    manifests = [new_manifest("A boat") for _ in range(5)]
    published, waiting, rejected, failed, undoable = (m.upload_id for m in manifests)
    bens = new_manifest("A boat", owner=BEN, username="ben")
    for manifest in (manifests[0], manifests[4], bens):
        publish(records.attempts, manifest)
    for manifest in manifests[1:4]:
        records.attempts.begin(manifest, attempt())
    records.attempts.reject(rejected, attempt(), "truncated", "Too short.", [])
    records.recovery.fail(failed, attempt(), "given up")
    records.taking_back.take_back(undoable, ANN)
    records.closing.begin(ANN, "ann")

    assert records.closing.take_back(ANN, 2) == 2
    assert records.closing.take_back(ANN, 2) == 2
    assert records.closing.take_back(ANN, 2) == 1
    assert records.closing.take_back(ANN, 2) == 0

    mine = (published, waiting, rejected, failed, undoable)
    assert states(records, *mine) == [State.TAKEN_BACK] * 5
    assert [records.taking_back.restore(i, ANN) for i in mine] == [Restored.TOO_LATE] * 5
    assert records.images.count_of("ann") == 0
    assert records.images.find(published) is None
    assert states(records, bens.upload_id) == [State.PUBLISHED]
    assert records.images.find(bens.upload_id) is not None
    # And all of it is erased as what anybody takes back
    records.pass_time(timedelta(minutes=5))
    assert {u.id for u in records.erasing.due(None, 10)} == set(mine)
    for upload_id in mine:
        assert records.erasing.begin(upload_id, attempt())
        records.erasing.done(upload_id, [])
    assert records.closing.take_back(ANN, 2) == 0
    assert states(records, *mine) == [State.ERASED] * 5


def test_what_was_accepted_and_has_no_record_is_taken_back_by_its_manifest(records: Records) -> None:
    manifest = new_manifest()
    records.closing.begin(ANN, "ann")
    for _ in range(2):
        records.closing.take_back_staged(manifest)
    assert states(records, manifest.upload_id) == [State.TAKEN_BACK]
    assert records.taking_back.restore(manifest.upload_id, ANN) is Restored.TOO_LATE
    assert [e.step for e in records.uploads.events(manifest.upload_id)] == ["take back"]


def test_an_attempt_in_the_midst_of_its_work_publishes_nothing(records: Records) -> None:
    manifest = new_manifest("A boat")
    records.attempts.begin(manifest, attempt())
    records.closing.begin(ANN, "ann")
    assert records.attempts.publish(image_of(manifest), [("word", "boat")], attempt(), []) is State.TAKEN_BACK
    assert records.images.find(manifest.upload_id) is None
    assert records.taking_back.restore(manifest.upload_id, ANN) is Restored.TOO_LATE
    assert records.closing.take_back(ANN, 9) == 0


def test_an_attempt_that_begins_later_ends_at_once_for_ever(records: Records) -> None:
    records.closing.begin(ANN, "ann")
    records.closing.done(ANN)
    manifest, bens = new_manifest(), new_manifest(owner=BEN)
    assert records.attempts.begin(manifest, attempt()) is State.TAKEN_BACK
    assert records.attempts.begin(bens, attempt()) is State.PROCESSING
    assert states(records, manifest.upload_id, bens.upload_id) == [State.TAKEN_BACK, State.PROCESSING]


def test_whoever_publishes_at_that_moment_is_seen_or_publishes_nothing(records: Records) -> None:
    manifests = [new_manifest() for _ in range(12)]
    for manifest in manifests:
        records.attempts.begin(manifest, attempt())
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(publish, records.attempts, m) for m in manifests[:6]]
        jobs.append(pool.submit(records.closing.begin, ANN, "ann"))  # type: ignore[arg-type]
        jobs += [pool.submit(publish, records.attempts, m) for m in manifests[6:]]
        for job in jobs:
            job.result()
    while records.closing.take_back(ANN, 3):
        pass
    assert states(records, *(m.upload_id for m in manifests)) == [State.TAKEN_BACK] * 12
    assert records.usages.of_owner(ANN).images == 0


def test_what_hangs_on_an_account_goes_with_it_and_what_it_granted_stays(records: Records) -> None:
    manifest = new_manifest()
    publish(records.attempts, manifest)
    for owner, name in ((ANN, "ann"), (BEN, "ben")):
        made = records.albums.create(owner, name, "Boats", "")
        assert isinstance(made, Album)
        wanted = NewShare(uuid4(), name.ljust(24, "x"), Kind.PROFILE, owner, owner, name)
        assert records.shares.add(wanted)
    first = records.asks.ask(BEN, "ben", manifest.upload_id, "May I?")
    assert isinstance(first, Asked)
    assert records.asks.answer(first.ask.id, ANN, "Yes", granted=True)
    assert isinstance(records.asks.ask(uuid4(), "cem", manifest.upload_id, "And I?"), Asked)

    for _ in range(2):
        records.closing.forget(ANN)

    assert [a.username for name in ("ann", "ben") for a in records.albums.of_user(name, None, 9)] == ["ben"]
    assert (len(records.shares.of_owner(ANN, None, 9)), len(records.shares.of_owner(BEN, None, 9))) == (0, 1)
    assert [ask.granted for ask in records.asks.of_owner(ANN, None, 9)] == [True]
    records.closing.forget(BEN)
    assert records.asks.of_asker(BEN, None, 9) == []

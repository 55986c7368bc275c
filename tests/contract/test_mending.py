"""The promises of what an owner does about uploads that went wrong."""

from uuid import UUID

from shared.domain.uploads import PROBLEMS, State
from shared.ports.mending import Retried
from tests.contract.sides import Records
from tests.contract.uploads import ANN, attempt, new_manifest, publish

BEN = UUID(int=77)


def rejected(records: Records) -> UUID:
    manifest = new_manifest()
    records.attempts.begin(manifest, attempt())
    records.attempts.reject(manifest.upload_id, attempt(), "corrupt", "It is damaged.", [])
    return manifest.upload_id


def failed(records: Records) -> UUID:
    manifest = new_manifest()
    records.attempts.begin(manifest, attempt(5))
    records.attempts.fail(manifest.upload_id, attempt(5), "given up")
    return manifest.upload_id


def test_what_was_rejected_is_dismissed_and_shown_again(records: Records) -> None:
    first, other = rejected(records), rejected(records)
    for _ in range(2):
        assert records.mending.dismiss(first, ANN, dismissed=True)
    assert [u.id for u in records.uploads.of_owner(ANN, PROBLEMS, None, 9)] == [other]
    hidden = records.uploads.of_owner(ANN, PROBLEMS, None, 9, dismissed=True)
    assert [u.id for u in hidden] == [first]
    assert hidden[0].dismissed_at is not None
    assert records.uploads.counts_of(ANN) == {State.REJECTED: 1}
    assert records.uploads.counts_of(ANN, dismissed=True) == {State.REJECTED: 1}
    assert records.mending.dismiss(first, ANN, dismissed=False)
    assert [u.id for u in records.uploads.of_owner(ANN, PROBLEMS, None, 9)] == [other, first]
    assert records.uploads.counts_of(ANN, dismissed=True) == {}


def test_nothing_else_is_dismissed(records: Records) -> None:
    published = new_manifest()
    publish(records.attempts, published)
    for upload_id, owner in (
        (rejected(records), BEN),
        (failed(records), ANN),
        (published.upload_id, ANN),
        (UUID(int=1), ANN),
    ):
        assert not records.mending.dismiss(upload_id, owner, dismissed=True)


def test_what_failed_is_tried_once_more_by_its_owner(records: Records) -> None:
    upload_id = failed(records)
    assert records.mending.retry(upload_id, BEN) is Retried.UNKNOWN
    assert [records.mending.retry(upload_id, ANN) for _ in range(2)] == [Retried.QUEUED, Retried.GOING]
    upload = records.uploads.find(upload_id)
    assert upload is not None
    assert (upload.status, upload.attempts, upload.reason_code) == (State.QUEUED, 0, None)
    assert upload.retried_at is not None
    lines = [(e.step, e.worker) for e in records.uploads.events(upload_id)]
    assert lines == [("dead-letter", "w"), ("retry", "owner")], "a double click does it once"


def test_what_failed_after_that_waits_for_an_operator_who_may_do_so_again(records: Records) -> None:
    manifest = new_manifest()
    for _ in range(2):
        records.attempts.begin(manifest, attempt(5))
        records.attempts.fail(manifest.upload_id, attempt(5), "given up")
        outcome = records.mending.retry(manifest.upload_id, ANN)
    assert outcome is Retried.USED_UP
    assert records.recovery.redriven(manifest)
    assert records.mending.retry(manifest.upload_id, ANN) is Retried.GOING

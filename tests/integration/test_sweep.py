"""The sweep on the real stores: what was lost comes back, what waits is left alone, what is over is cleared."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.domain.delivery import MAX_RECEIVE_COUNT
from shared.domain.manifest import Manifest
from shared.domain.uploads import Attempt, State
from shared.staging import Staging
from tests.integration.conftest import Person, jpeg
from tests.integration.support.hand_worker import HandWorker
from tests.integration.support.staged import empty
from tests.integration.support.times import Times
from worker.sweep.sweep import Sweep, SweepReport


@pytest.fixture(autouse=True)
def _empty_start(hands: HandWorker) -> None:
    """What other tests left in the shared staging and queue would be healed here too."""
    hands.messages()
    empty(hands.parts.store)


def run(hands: HandWorker, later: Times | None = None) -> SweepReport:
    store = later.store(hands.parts.store) if later else hands.parts.store
    return Sweep(
        store, hands.parts.queue, hands.parts.uploads, hands.parts.recovery, hands.parts.erasing
    ).run()


def manifest_of(hands: HandWorker) -> Manifest:
    staging = Staging(hands.parts.store)
    staged = next(staging.walk())
    manifest = staging.manifest(staged.owner, staged.upload_id)
    assert manifest
    return manifest


def test_an_upload_whose_message_was_lost_is_published(
    person: Person, hands: HandWorker, later: Times
) -> None:
    upload_id = person.post_image(jpeg(200, 150)).json["id"]
    assert len(hands.messages()) == 1, "the message is lost here"
    assert run(hands, later).requeued == 0, "not within the grace"
    later(timedelta(minutes=1))
    assert run(hands, later).requeued == 1
    assert run(hands, later).requeued == 0, "a message waits now"
    assert hands.work() == ["published"]
    upload: Any = person.get(f"/uploads/{upload_id}")
    assert [e["step"] for e in upload["events"]][:2] == ["accept", "requeue"]


def test_on_a_busy_queue_a_lost_message_is_sent_again_within_a_quarter_of_an_hour(
    person: Person, sign_in: Callable[[], Person], hands: HandWorker, later: Times
) -> None:
    lost = person.post_image(jpeg(200, 150)).json["id"]
    hands.messages()
    others = sign_in()
    for minute in range(1, 20):
        others.post_image(jpeg(200, 150, minute))  # so that the queue is never empty
        later(timedelta(minutes=1))
        if run(hands, later).requeued:
            break
    assert minute in (15, 16), "the store tells ages to the second"
    hands.work()
    assert person.get(f"/uploads/{lost}")["status"] == "published"


def test_a_backlog_breeds_at_most_one_message_for_each_upload_in_a_quarter_of_an_hour(
    person: Person, hands: HandWorker, later: Times
) -> None:
    for seed in range(5):
        person.post_image(jpeg(200, 150, seed))
    sent = []
    for _ in range(60):
        later(timedelta(minutes=1))
        sent.append(run(hands, later).requeued)
    assert sum(sent[:14]) == 0
    assert sum(sent) <= 3 * 5, "after 15, 30 and 60 minutes"
    done = hands.work()
    assert (done.count("published"), done.count("cleared")) == (5, sum(sent))
    assert person.get(f"/users/{person.username}")["images"] == 5


@pytest.mark.parametrize("skew", [timedelta(minutes=-5), timedelta(minutes=5)], ids=["behind", "ahead"])
@pytest.mark.parametrize("machine", ["web.upload.accept", "worker.sweep.sweep"])
def test_clocks_that_are_minutes_apart_breed_no_duplicates_and_hide_no_loss(
    person: Person,
    hands: HandWorker,
    later: Times,
    monkeypatch: pytest.MonkeyPatch,
    machine: str,
    skew: timedelta,
) -> None:
    class Skewed(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Skewed":
            return super().now(tz) + skew

    monkeypatch.setattr(f"{machine}.datetime", Skewed)
    for seed in range(4):
        person.post_image(jpeg(200, 150, seed))
    first = manifest_of(hands)
    hands.parts.attempts.begin(first, Attempt(1, "busy", datetime.now(UTC)))
    for _ in range(5):
        later(timedelta(minutes=1))
        assert run(hands, later).requeued == 0
    assert len(hands.messages()) == 4, "they are all lost now"
    assert run(hands, later).requeued == 4
    assert sorted(hands.work()) == ["published"] * 4


def test_a_cut_off_last_attempt_becomes_failed_and_is_not_enqueued(
    person: Person, hands: HandWorker, later: Times
) -> None:
    upload_id = person.post_image(jpeg(200, 150)).json["id"]
    hands.messages()
    manifest = manifest_of(hands)
    started = datetime.now(manifest.accepted_at.tzinfo)
    hands.parts.attempts.begin(manifest, Attempt(MAX_RECEIVE_COUNT, "killed", started))
    later(timedelta(minutes=10))
    report = run(hands, later)
    assert (report.failed, report.requeued) == (1, 0)
    assert person.get(f"/uploads/{upload_id}")["status"] == "failed"
    assert run(hands, later).requeued == 0
    assert hands.messages() == []


def test_a_failed_upload_is_failed_once_and_keeps_its_reason(
    person: Person, hands: HandWorker, later: Times
) -> None:
    upload_id = UUID(person.post_image(jpeg(200, 150)).json["id"])
    hands.messages()
    last = Attempt(MAX_RECEIVE_COUNT, "w", datetime.now(UTC))
    hands.parts.attempts.begin(manifest_of(hands), last)
    hands.parts.attempts.fail(upload_id, last, "ZeroDivisionError: the true reason")
    told = hands.parts.uploads.events(upload_id)
    for _ in range(5):
        later(timedelta(minutes=30))
        report = run(hands, later)
        assert (report.failed, report.requeued, report.cleared) == (0, 0, 0)
    hands.parts.attempts.fail(upload_id, last, "said again")
    failed = hands.parts.uploads.find(upload_id)
    assert failed is not None
    assert (failed.status, failed.reason_message) == (State.FAILED, "ZeroDivisionError: the true reason")
    assert hands.parts.uploads.events(upload_id) == told
    assert len(list(hands.parts.store.list("staging/"))) == 2, "its bytes and its manifest are kept"


def test_what_staging_keeps_of_a_finished_upload_is_cleared(person: Person, hands: HandWorker) -> None:
    person.post_image(jpeg(200, 150))
    manifest = manifest_of(hands)
    data = hands.parts.store.get(manifest.staged_key)
    assert data
    assert hands.work() == ["published"]
    hands.parts.store.put(manifest.staged_key, data, "image/jpeg")
    Staging(hands.parts.store).accept(manifest)
    assert run(hands).cleared == 1
    assert list(Staging(hands.parts.store).walk()) == []


def test_bytes_without_a_manifest_are_removed_after_a_while(hands: HandWorker, later: Times) -> None:
    _, sink = Staging(hands.parts.store).receive(UUID(int=1), UUID(int=2))
    sink.write(b"half")
    sink.commit()
    for _ in range(2):
        assert run(hands, later).abandoned == 0, "its request may still be running"
        later(timedelta(minutes=45))
    assert run(hands, later).abandoned == 1
    assert list(Staging(hands.parts.store).walk()) == []


def test_two_sweeps_at_once_do_no_harm(person: Person, hands: HandWorker, later: Times) -> None:
    person.post_image(jpeg(200, 150))
    hands.messages()
    later(timedelta(minutes=1))
    owner = manifest_of(hands).owner
    upload_id = manifest_of(hands).upload_id
    hands.parts.queue.send(owner, upload_id)
    hands.parts.queue.send(owner, upload_id)
    assert hands.work() == ["published", "cleared"]

"""The sweep on the real stores: what was lost comes back, what waits is left alone, what is over is cleared."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.domain import keys
from shared.domain.delivery import MAX_RECEIVE_COUNT
from shared.domain.manifest import Manifest
from shared.domain.uploads import Attempt
from tests.integration.conftest import Person, jpeg
from tests.integration.support.hand_worker import HandWorker
from worker import sweep as sweep_module
from worker.sweep import Sweep, SweepReport, staged_uploads


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Lets the sweep's clock stand at a later time."""

    def move(by: timedelta) -> None:
        class Later(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> "Later":
                return super().now(tz) + by

        monkeypatch.setattr(sweep_module, "datetime", Later)

    return move


@pytest.fixture(autouse=True)
def _empty_start(hands: HandWorker) -> None:
    """What other tests left in the shared staging and queue would be healed here too."""
    hands.messages()
    hands.parts.store.delete(key for staged in staged_uploads(hands.parts.store) for key in staged.keys)


def run(hands: HandWorker) -> SweepReport:
    return Sweep(hands.parts.store, hands.parts.queue, hands.parts.ingest_log).run()


def manifest_of(hands: HandWorker) -> Manifest:
    staged = next(staged_uploads(hands.parts.store))
    stored = hands.parts.store.get(keys.manifest_key(staged.owner, staged.upload_id))
    assert stored
    return Manifest.from_json(stored)


def test_an_upload_whose_message_was_lost_is_published(
    person: Person, hands: HandWorker, later: Callable[[timedelta], None]
) -> None:
    upload_id = person.post_image(jpeg(200, 150)).json["id"]
    assert len(hands.messages()) == 1, "the message is lost here"
    assert run(hands).requeued == 0, "not within the grace"
    later(timedelta(minutes=1))
    assert run(hands).requeued == 1
    assert run(hands).requeued == 0, "a message waits now"
    assert hands.work() == ["published"]
    upload: Any = person.get(f"/uploads/{upload_id}")
    assert [e["step"] for e in upload["events"]][:2] == ["accept", "requeue"]


def test_a_backlog_is_left_alone_however_old(
    person: Person, hands: HandWorker, later: Callable[[timedelta], None]
) -> None:
    for seed in range(3):
        person.post_image(jpeg(200, 150, seed))
    later(timedelta(hours=5))
    assert [run(hands).requeued for _ in range(3)] == [0, 0, 0]
    assert hands.parts.queue.depth().visible == 3
    assert hands.work() == ["published"] * 3


def test_a_cut_off_last_attempt_becomes_failed_and_is_not_enqueued(
    person: Person, hands: HandWorker, later: Callable[[timedelta], None]
) -> None:
    upload_id = person.post_image(jpeg(200, 150)).json["id"]
    hands.messages()
    manifest = manifest_of(hands)
    started = datetime.now(manifest.accepted_at.tzinfo)
    hands.parts.ingest_log.begin(manifest, Attempt(MAX_RECEIVE_COUNT, "killed", started))
    later(timedelta(minutes=10))
    report = run(hands)
    assert (report.failed, report.requeued) == (1, 0)
    assert person.get(f"/uploads/{upload_id}")["status"] == "failed"
    assert run(hands).requeued == 0
    assert hands.messages() == []


def test_what_staging_keeps_of_a_finished_upload_is_cleared(person: Person, hands: HandWorker) -> None:
    person.post_image(jpeg(200, 150))
    manifest = manifest_of(hands)
    data = hands.parts.store.get(manifest.staged_key)
    assert data
    assert hands.work() == ["published"]
    hands.parts.store.put(manifest.staged_key, data, "image/jpeg")
    hands.parts.store.put(
        keys.manifest_key(manifest.owner, manifest.upload_id), manifest.to_json(), "text/plain"
    )
    assert run(hands).cleared == 1
    assert list(staged_uploads(hands.parts.store)) == []


def test_bytes_without_a_manifest_are_removed_after_a_while(
    hands: HandWorker, later: Callable[[timedelta], None]
) -> None:
    hands.parts.store.put(keys.staged_key(UUID(int=1), UUID(int=2), "x"), b"half", "image/jpeg")
    assert run(hands).abandoned == 0, "its request may still be running"
    later(timedelta(hours=2))
    assert run(hands).abandoned == 1
    assert list(staged_uploads(hands.parts.store)) == []


def test_two_sweeps_at_once_do_no_harm(
    person: Person, hands: HandWorker, later: Callable[[timedelta], None]
) -> None:
    person.post_image(jpeg(200, 150))
    hands.messages()
    later(timedelta(minutes=1))
    owner = manifest_of(hands).owner
    upload_id = manifest_of(hands).upload_id
    hands.parts.queue.send(owner, upload_id)
    hands.parts.queue.send(owner, upload_id)
    assert hands.work() == ["published", "cleared"]

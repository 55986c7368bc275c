"""Whatever happens to an attempt, in the end there is one record and one set of objects, or one recorded reason."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import create_engine, text

from shared.domain.delivery import MAX_RECEIVE_COUNT
from shared.domain.uploads import Attempt
from shared.ports.object_store import StoreUnavailable
from shared.staging import Staging
from tests.integration.conftest import Person, jpeg
from tests.integration.support.hand_worker import HandWorker
from tests.support_tripwire import SIDES, Cut, Fuse
from worker.counters import Outcome
from worker.imaging import Limits
from worker.pipeline import StagedBytesWrong, ingest


def waiting(hands: HandWorker) -> tuple[UUID, UUID]:
    """The one upload whose message is on the queue; the message is taken."""
    (message,) = hands.messages()
    kwargs = json.loads(json.loads(message["Body"])["body"])[1]
    return UUID(kwargs["owner"]), UUID(kwargs["upload_id"])


def run(hands: HandWorker, owner: UUID, upload_id: UUID, fuse: Fuse | None = None, attempt: int = 1) -> str:
    store: Any = fuse.wire(hands.parts.store) if fuse else hands.parts.store
    attempts: Any = fuse.wire(hands.parts.attempts) if fuse else hands.parts.attempts
    return ingest(
        owner,
        upload_id,
        Attempt(attempt, "test", datetime.now(UTC)),
        store=store,
        attempts=attempts,
        limits=Limits(),
        outcome=Outcome(),
    )


def counts(hands: HandWorker, stack: Any, upload_id: UUID) -> dict[str, int]:
    """How often the upload exists, everywhere."""
    engine = create_engine(stack.env["DATABASE_URL"])
    with engine.connect() as c:
        found = {
            table: c.execute(
                text(f"SELECT COUNT(*) FROM {table} WHERE {column} = :id"), {"id": upload_id.bytes}
            ).scalar_one()
            for table, column in (("images", "id"), ("uploads", "id"))
        }
    engine.dispose()
    objects = [o.key for o in hands.parts.store.list("") if str(upload_id) in o.key]
    return found | {
        "staged": sum(key.startswith("staging/") for key in objects),
        "final": sum(not key.startswith("staging/") for key in objects),
    }


PUBLISHED = {"images": 1, "uploads": 1, "staged": 0, "final": 3}
REJECTED = {"images": 0, "uploads": 1, "staged": 0, "final": 0}


def steps_of(hands: HandWorker, person: Person, data: bytes) -> int:
    """How many calls to the outside a whole run makes."""
    person.post_image(data)
    fuse = Fuse(0, after=False)
    run(hands, *waiting(hands), fuse)
    return fuse.calls


@SIDES
@pytest.mark.parametrize("good", [True, False], ids=["published", "rejected"])
def test_an_attempt_cut_off_at_any_call_is_completed_by_the_next(
    person: Person, hands: HandWorker, stack: Any, good: bool, after: bool
) -> None:
    data = jpeg(200, 150) if good else jpeg(200, 150)[:2000]
    expected = PUBLISHED if good else REJECTED
    total = steps_of(hands, person, data)
    assert total >= 7
    for at in range(1, total + 1):
        person.post_image(data)
        owner, upload_id = waiting(hands)
        with pytest.raises(Cut):
            run(hands, owner, upload_id, Fuse(at, after=after))
        run(hands, owner, upload_id, attempt=2)
        assert counts(hands, stack, upload_id) == expected, f"cut at call {at} of {total}"


def test_a_duplicate_delivery_changes_nothing(person: Person, hands: HandWorker, stack: Any) -> None:
    person.post_image(jpeg(200, 150))
    owner, upload_id = waiting(hands)
    assert [run(hands, owner, upload_id) for _ in range(3)] == ["published", "cleared", "cleared"]
    assert counts(hands, stack, upload_id) == PUBLISHED


def test_two_attempts_at_once_publish_one_image(person: Person, hands: HandWorker, stack: Any) -> None:
    """The second runs whole between the first's publish step and its record."""
    person.post_image(jpeg(200, 150))
    owner, upload_id = waiting(hands)

    class Interleaved:
        def __getattr__(self, name: str) -> Any:
            if name == "publish":
                assert run(hands, owner, upload_id, attempt=2) == "published"
            return getattr(hands.parts.attempts, name)

    attempts: Any = Interleaved()
    attempt = Attempt(1, "first", datetime.now(UTC))
    ingest(
        owner,
        upload_id,
        attempt,
        store=hands.parts.store,
        attempts=attempts,
        limits=Limits(),
        outcome=Outcome(),
    )
    assert counts(hands, stack, upload_id) == PUBLISHED


def test_bytes_that_are_not_what_was_received_are_never_published(
    person: Person, hands: HandWorker, stack: Any
) -> None:
    person.post_image(jpeg(200, 150))
    owner, upload_id = waiting(hands)
    manifest = Staging(hands.parts.store).manifest(owner, upload_id)
    assert manifest
    hands.parts.store.put(manifest.staged_key, jpeg(200, 150, 9), "image/jpeg")
    with pytest.raises(StagedBytesWrong):
        run(hands, owner, upload_id)
    assert counts(hands, stack, upload_id) == {"images": 0, "uploads": 1, "staged": 2, "final": 0}


def test_a_store_that_fails_leaves_the_message_to_sqs_and_a_line_in_the_timeline(
    person: Person, hands: HandWorker
) -> None:
    upload_id = person.post_image(jpeg(200, 150)).json["id"]
    owner, known = waiting(hands)

    class Failing:
        def put(self, *_: Any, **__: Any) -> None:
            raise StoreUnavailable("down")

        def __getattr__(self, name: str) -> Any:
            return getattr(hands.parts.store, name)

    store: Any = Failing()
    attempt = Attempt(1, "test", datetime.now(UTC))
    with pytest.raises(StoreUnavailable):
        ingest(
            owner,
            known,
            attempt,
            store=store,
            attempts=hands.parts.attempts,
            limits=Limits(),
            outcome=Outcome(),
        )
    upload: Any = person.get(f"/uploads/{upload_id}")
    assert upload["status"] == "processing"
    assert upload["events"][-1]["result"] == "failed: StoreUnavailable"
    assert run(hands, owner, known, attempt=2) == "published"


def test_the_last_permitted_failure_is_told_as_ours(person: Person, hands: HandWorker) -> None:
    upload_id = person.post_image(jpeg(200, 150)).json["id"]
    owner, known = waiting(hands)

    class Failing:
        def put(self, *_: Any, **__: Any) -> None:
            raise StoreUnavailable("secret bucket name")

        def __getattr__(self, name: str) -> Any:
            return getattr(hands.parts.store, name)

    store: Any = Failing()
    attempt = Attempt(MAX_RECEIVE_COUNT, "test", datetime.now(UTC))
    with pytest.raises(StoreUnavailable):
        ingest(
            owner,
            known,
            attempt,
            store=store,
            attempts=hands.parts.attempts,
            limits=Limits(),
            outcome=Outcome(),
        )
    upload: Any = person.get(f"/uploads/{upload_id}")
    assert upload["status"] == "failed"
    assert upload["reason"]["code"] == "dead_letter"
    assert "secret" not in upload["reason"]["message"]
    assert run(hands, owner, known) == "published", "an operator's redrive completes it"
    assert person.get(f"/uploads/{upload_id}")["status"] == "published"


def test_a_message_for_nothing_is_acknowledged(hands: HandWorker) -> None:
    nobody = UUID(int=7)
    assert run(hands, nobody, nobody) == "cleared"

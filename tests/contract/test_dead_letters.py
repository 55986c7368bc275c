"""The dead-letter queue's promises to operators."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from local.drive.waiting import wait_until
from shared.domain.delivery import MAX_RECEIVE_COUNT, ids_in
from tests.contract.sides import WorkerSide

OWNER = UUID("0b6ae8a6-53a5-4b6c-9b59-5b6ab0a4a4b1")


def asks_for(upload_id: UUID) -> str:
    """A body as the producer writes it, as far as it matters."""
    named = {"owner": str(OWNER), "upload_id": str(upload_id)}
    return json.dumps({"headers": {"task": "worker.ingest"}, "body": json.dumps([[], named, {}])})


def test_what_sqs_gave_up_is_found_with_its_ids(queues: WorkerSide) -> None:
    upload = uuid4()
    queues.queue.send(OWNER, upload)
    for _ in range(MAX_RECEIVE_COUNT):
        taken = wait_until(queues.take, 5, "the message is visible again")
        assert taken is not None
        taken.time_out()
    assert queues.take() is None

    [letter] = queues.dead_letters.take(5, 30)

    assert (letter.owner, letter.upload_id) == (OWNER, upload)
    assert letter.received > 0
    assert queues.queue.depth().dead_letters == 1, "hidden, and counted all the same"
    assert datetime.now(UTC) - letter.sent_at < timedelta(minutes=1)


def test_any_text_is_shown_by_its_beginning(queues: WorkerSide) -> None:
    queues.plant("<b>" + "x" * 5000)

    [letter] = queues.dead_letters.take(5, 30)

    assert (letter.owner, letter.upload_id, letter.characters) == (None, None, 5003)
    assert letter.start == "<b>" + "x" * 397


def test_what_one_took_nobody_else_sees_until_it_is_released(queues: WorkerSide) -> None:
    for number in range(13):
        queues.plant(f"message {number}")
    dead = queues.dead_letters

    mine = dead.take(12, 30)

    assert len({letter.id for letter in mine}) == 12
    assert len(dead.take(50, 30)) == 1
    assert dead.count() == 13
    dead.release([letter.handle for letter in mine])
    assert {letter.id for letter in dead.take(50, 30)} == {letter.id for letter in mine}


def test_what_is_removed_is_gone_and_can_be_held_no_more(queues: WorkerSide) -> None:
    queues.plant("one")
    dead = queues.dead_letters
    [letter] = dead.take(1, 30)
    assert dead.hold(letter.handle, 30)

    dead.remove(letter.handle)

    assert not dead.hold(letter.handle, 30)
    assert dead.count() == 0
    assert dead.take(1, 30) == []


def test_what_somebody_else_took_meanwhile_is_not_held_any_more(queues: WorkerSide) -> None:
    queues.plant("one")
    dead = queues.dead_letters
    [mine] = dead.take(1, 30)
    dead.release([mine.handle])

    [theirs] = dead.take(1, 30)

    assert theirs.id == mine.id
    assert dead.hold(theirs.handle, 30)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[",
        "[]",
        "{}",
        "[" * 100_000,
        '{"headers": {"task": "worker.ingest"}, "body": "[[], {}, {}]"}',
        '{"headers": {"task": "worker.ingest"}, "body": "[[], {\\"owner\\": 1, \\"upload_id\\": 2}]"}',
        asks_for(OWNER).replace("worker.ingest", "worker.other"),
    ],
)
def test_what_names_no_upload_is_told_apart(body: str) -> None:
    assert ids_in(body) is None
    assert ids_in(asks_for(OWNER)) == (OWNER, OWNER)

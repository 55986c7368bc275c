"""What the fakes offer beyond their ports: clocks that a test moves, and a queue that does whatever SQS may do."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from shared.adapters.memory.clock import HandClock
from shared.adapters.memory.database import MemoryDatabase
from shared.adapters.memory.identity import ACCESS_SECONDS, CONFIRMATION_VALID, RESET_VALID, MemoryIdentity
from shared.adapters.memory.object_store import MemoryObjectStore
from shared.adapters.memory.work_queue import MemoryWorkQueue
from shared.domain.delivery import MAX_RECEIVE_COUNT, VISIBILITY_TIMEOUT_SECONDS
from shared.ports.identity import IdentityRefused

ANN, BEN = UUID(int=1), UUID(int=2)
HIDDEN = timedelta(seconds=VISIBILITY_TIMEOUT_SECONDS)
PASSWORD = "Correct-horse-1"


@pytest.fixture
def clock() -> HandClock:
    return HandClock(datetime(2026, 3, 4, 5, 6, 7, 900_000, tzinfo=UTC))


@pytest.fixture
def queue(clock: HandClock) -> MemoryWorkQueue:
    return MemoryWorkQueue(clock)


def test_ages_of_objects_are_told_to_the_second_by_the_stores_own_clock(clock: HandClock) -> None:
    store = MemoryObjectStore(clock)
    store.put("k", b"", "text/plain")
    clock.advance(timedelta(seconds=90, milliseconds=200))
    assert [entry.age for entry in store.list("")] == [timedelta(seconds=91)]


def test_it_is_known_what_was_said_of_an_object() -> None:
    store = MemoryObjectStore()
    store.put("k", b"", "image/webp", cache=True)
    found = store.look("k")
    assert found is not None
    assert (found.content_type, found.cache) == ("image/webp", True)


def test_of_many_who_write_a_new_object_one_wins() -> None:
    store = MemoryObjectStore()
    with ThreadPoolExecutor(8) as threads:
        standing = set(threads.map(lambda n: store.put_new("k", bytes([n]), "text/plain"), range(64)))
    assert standing == {store.get("k")}


def test_owners_are_served_in_turn(queue: MemoryWorkQueue) -> None:
    for owner in (ANN, ANN, ANN, BEN):
        queue.send(owner, uuid4())
    served = [queue.receive() for _ in range(4)]
    assert [d.owner for d in served if d] == [ANN, BEN, ANN, ANN]


def test_messages_may_be_taken_in_any_order(queue: MemoryWorkQueue) -> None:
    uploads = [uuid4() for _ in range(3)]
    for upload in uploads:
        queue.send(ANN, upload)
    assert [d.upload_id for place in (2, 1, 7) if (d := queue.receive(place))] == uploads[::-1]


def test_a_message_comes_again_when_its_time_is_over_and_not_before(
    queue: MemoryWorkQueue, clock: HandClock
) -> None:
    queue.send(ANN, uuid4())
    first = queue.receive()
    clock.advance(HIDDEN - timedelta(milliseconds=1))
    assert queue.receive() is None
    clock.advance(timedelta(milliseconds=1))
    second = queue.receive()
    assert first is not None
    assert second is not None
    assert (first.receive_count, second.receive_count) == (1, 2)


def test_the_word_of_an_old_delivery_counts_for_nothing(queue: MemoryWorkQueue, clock: HandClock) -> None:
    queue.send(ANN, uuid4())
    first = queue.receive()
    clock.advance(HIDDEN)
    second = queue.receive()
    assert first is not None
    assert second is not None
    queue.delete(first)
    assert queue.depth().in_flight == 1
    queue.delete(second)
    assert queue.depth().backlog == 0


def test_a_message_may_come_twice_though_it_was_acknowledged(queue: MemoryWorkQueue) -> None:
    queue.send(ANN, uuid4())
    first = queue.receive()
    assert first is not None
    queue.delete(first)
    queue.repeat(first)
    again = queue.receive()
    assert again is not None
    assert (again.upload_id, again.receive_count) == (first.upload_id, 2)


def test_a_message_may_be_lost(queue: MemoryWorkQueue) -> None:
    lost, kept = uuid4(), uuid4()
    queue.send(ANN, lost)
    queue.send(ANN, kept)
    queue.lose(lost)
    found = queue.receive()
    assert found is not None
    assert found.upload_id == kept
    assert queue.depth().visible == 0


def test_what_is_given_up_can_be_looked_at(queue: MemoryWorkQueue, clock: HandClock) -> None:
    upload = uuid4()
    queue.send(ANN, upload)
    for _ in range(MAX_RECEIVE_COUNT):
        assert queue.receive() is not None
        clock.advance(HIDDEN)
    assert queue.receive() is None
    assert [(d.upload_id, d.group) for d in queue.dead_letters()] == [(upload, str(ANN))]


def test_a_queues_faults_are_what_a_test_says(queue: MemoryWorkQueue) -> None:
    queue.faults.append("It is FIFO.")
    assert queue.misconfiguration() == ["It is FIFO."]


def test_a_transaction_is_seen_at_its_end_or_never() -> None:
    database = MemoryDatabase()

    def cut_off() -> None:
        with database.transaction() as tables:
            tables.index["word", "boat"] = frozenset([ANN])
            assert database.read().index == {}
            raise KeyError("a fault")

    with pytest.raises(KeyError):
        cut_off()
    assert database.read().index == {}
    with database.transaction() as tables:
        tables.index["word", "boat"] = frozenset([ANN])
    assert database.read().index == {("word", "boat"): frozenset([ANN])}


def user(identity: MemoryIdentity) -> str:
    identity.sign_up("ann", "ann@example.com", PASSWORD)
    identity.confirm("ann", identity.outbox[-1].code)
    return "ann"


def test_codes_go_to_the_address_and_end(clock: HandClock) -> None:
    identity = MemoryIdentity(clock)
    identity.sign_up("ann", "ann@example.com", PASSWORD)
    assert (identity.outbox[-1].address, identity.outbox[-1].username) == ("ann@example.com", "ann")
    clock.advance(CONFIRMATION_VALID)
    with pytest.raises(IdentityRefused, match="code_mismatch"):
        identity.confirm("ann", identity.outbox[-1].code)
    identity.resend_code("ann")
    identity.confirm("ann", identity.outbox[-1].code)
    identity.forgot("ann")
    clock.advance(RESET_VALID)
    with pytest.raises(IdentityRefused, match="code_mismatch"):
        identity.reset("ann", identity.outbox[-1].code, PASSWORD)


def test_a_code_is_good_once_and_a_newer_one_replaces_it() -> None:
    identity = MemoryIdentity()
    user(identity)
    identity.forgot("ann")
    first = identity.outbox[-1].code
    while identity.outbox[-1].code == first:  # chance may draw the same number again
        identity.forgot("ann")
    second = identity.outbox[-1].code
    with pytest.raises(IdentityRefused, match="code_mismatch"):
        identity.reset("ann", first, PASSWORD)
    identity.reset("ann", second, PASSWORD)
    with pytest.raises(IdentityRefused, match="code_mismatch"):
        identity.reset("ann", second, PASSWORD)


def test_nobody_is_mailed_who_has_no_use_for_it() -> None:
    identity = MemoryIdentity()
    identity.sign_up("ann", "ann@example.com", PASSWORD)
    identity.forgot("ann")
    identity.confirm("ann", identity.outbox[-1].code)
    identity.resend_code("ann")
    assert len(identity.outbox) == 1


def test_an_access_token_ends_and_a_refresh_token_renews_it(clock: HandClock) -> None:
    identity = MemoryIdentity(clock)
    tokens = identity.log_in(user(identity), PASSWORD)
    clock.advance(timedelta(seconds=ACCESS_SECONDS))
    with pytest.raises(IdentityRefused, match="invalid_token"):
        identity.verify(tokens.access)
    assert identity.verify(identity.refresh(tokens.refresh or "").access).username == "ann"

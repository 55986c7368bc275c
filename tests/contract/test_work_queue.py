"""The work queue's promises, and what a worker may count on at its other end."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

from local.drive.waiting import wait_until
from shared.domain.delivery import MAX_RECEIVE_COUNT
from shared.ports.work_queue import Depth
from tests.contract.sides import WorkerSide

OWNER = UUID("0b6ae8a6-53a5-4b6c-9b59-5b6ab0a4a4b1")


def test_what_is_sent_is_what_a_worker_gets(queues: WorkerSide) -> None:
    upload = uuid4()

    queues.queue.send(OWNER, upload)

    taken = queues.take()
    assert taken is not None
    assert (taken.owner, taken.upload_id, taken.receive_count) == (OWNER, upload, 1)
    assert queues.take() is None, "a message is hidden while a worker has it"


def test_the_owner_is_the_message_group_so_that_one_owner_does_not_starve_the_others(
    queues: WorkerSide,
) -> None:
    queues.queue.send(OWNER, uuid4())

    taken = queues.take()

    assert taken is not None
    assert taken.group == str(OWNER)


def test_what_is_acknowledged_is_gone(queues: WorkerSide) -> None:
    queues.queue.send(OWNER, uuid4())
    taken = queues.take()
    assert taken is not None

    taken.acknowledge()

    assert queues.queue.depth() == Depth(visible=0, in_flight=0, delayed=0, dead_letters=0)


def test_what_is_not_acknowledged_comes_again(queues: WorkerSide) -> None:
    upload = uuid4()
    queues.queue.send(OWNER, upload)
    first = queues.take()
    assert first is not None

    first.time_out()

    second = wait_until(queues.take, 5, "the message is visible again")
    assert second is not None
    assert (second.upload_id, second.receive_count) == (upload, 2)


def test_what_fails_every_time_becomes_a_dead_letter(queues: WorkerSide) -> None:
    queues.queue.send(OWNER, uuid4())
    for number in range(1, MAX_RECEIVE_COUNT + 1):
        taken = wait_until(queues.take, 5, "the message is visible again")
        assert taken is not None
        assert taken.receive_count == number
        taken.time_out()

    assert queues.take() is None

    assert queues.queue.depth() == Depth(visible=0, in_flight=0, delayed=0, dead_letters=1)


def test_depth_tells_waiting_from_taken(queues: WorkerSide) -> None:
    for _ in range(3):
        queues.queue.send(OWNER, uuid4())

    queues.take()

    depth = queues.queue.depth()
    assert depth == Depth(visible=2, in_flight=1, delayed=0, dead_letters=0)
    assert depth.backlog == 3


def test_a_message_may_be_kept_back_for_a_while(queues: WorkerSide) -> None:
    upload = uuid4()

    queues.queue.send(OWNER, upload, delay_seconds=1)

    assert queues.take() is None
    assert queues.queue.depth() == Depth(visible=0, in_flight=0, delayed=1, dead_letters=0)
    queues.pass_time(1)
    taken = wait_until(queues.take, 5, "its time has come")
    assert taken is not None
    assert (taken.upload_id, taken.receive_count) == (upload, 1)


def test_many_threads_send_at_once_over_one_cold_queue(queues: WorkerSide) -> None:
    uploads = [uuid4() for _ in range(48)]
    together = threading.Barrier(12)

    def send(part: list[UUID]) -> None:
        together.wait(10)
        for upload in part:
            queues.queue.send(OWNER, upload)

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(send, [uploads[start::12] for start in range(12)]))

    got: list[UUID] = []
    while taken := queues.take():
        got.append(taken.upload_id)
    assert sorted(got) == sorted(uploads)


def test_a_queue_that_can_be_relied_on_says_so(queues: WorkerSide) -> None:
    queues.queue.warm()
    queues.queue.check()
    assert queues.queue.misconfiguration() == []

"""The steps of pool processes, in memory that they share with their worker's main process."""

import os
import time
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from shared.ports.operations import StepNow
from worker import steps


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    yield
    steps.use_slot(0)
    for slot in range(64):
        steps.use_slot(slot)
        steps.end()
    steps._mine = None  # as where no pool is


def in_child(slot: int, upload_id: UUID, *names: str) -> None:
    """As a pool process would note them; then it is killed."""
    pid = os.fork()
    if pid == 0:
        steps.use_slot(slot)
        steps.begin(upload_id)
        for name in names:
            steps.at(name)
        os._exit(0)
    os.waitpid(pid, 0)


def test_each_process_is_at_its_last_step() -> None:
    one, other = uuid4(), uuid4()
    in_child(0, one, "fetch", "validate")
    in_child(63, other, "fetch")
    time.sleep(0.2)
    told = steps.now()
    assert [(step.upload_id, step.step) for step in told] == [(one, "validate"), (other, "fetch")]
    assert all(0.2 <= step.seconds < 60 for step in told)


def test_one_that_has_ended_or_has_no_slot_is_at_nothing() -> None:
    in_child(0, upload_id := uuid4())
    assert [(step.upload_id, step.step) for step in steps.now()] == [(upload_id, "begin")]
    steps.use_slot(0)
    steps.end()
    in_child(64, uuid4(), "fetch")
    assert steps.now() == ()


def test_who_was_killed_while_writing_is_followed_by_who_is_not() -> None:
    steps.use_slot(0)
    steps._board[0] = 7  # odd: being written
    in_child(0, upload_id := uuid4(), "publish")
    assert [(s.upload_id, s.step) for s in steps.now()] == [(upload_id, "publish")]
    steps._board[0] |= 1
    assert steps.now() == ()


def test_a_long_name_is_cut_and_nothing_else_is_touched() -> None:
    in_child(1, upload_id := uuid4(), "x" * 500)
    assert steps.now() == (StepNow(upload_id, "x" * 32, steps.now()[0].seconds),)

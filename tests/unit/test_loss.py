"""When a message counts as lost. The rule must heal losses and must not breed duplicates from a backlog."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.delivery import MAX_RECEIVE_COUNT, VISIBILITY_TIMEOUT_SECONDS
from shared.domain.ids import new_upload_id
from shared.domain.loss import GRACE, RESEND_AFTER, is_cut_off, is_erasing_lost, is_lost
from shared.domain.uploads import State, Upload

VISIBILITY = timedelta(seconds=VISIBILITY_TIMEOUT_SECONDS)
MINUTE = timedelta(minutes=1)
AT_REST = [State.HELD, State.PUBLISHED, State.REJECTED, State.FAILED, State.TAKEN_BACK, State.ERASED]


def upload(status: State = State.QUEUED, unchanged_for: timedelta = 5 * MINUTE, attempts: int = 0) -> Upload:
    accepted_at = datetime(2026, 1, 1, 12, tzinfo=UTC)
    return Upload(
        id=new_upload_id(),
        owner=new_upload_id(),
        username="ann",
        filename="x.jpg",
        size_bytes=1,
        accepted_at=accepted_at,
        status=status,
        attempts=attempts,
        unchanged_for=unchanged_for,
    )


def test_with_an_empty_queue_whatever_waits_is_lost() -> None:
    assert is_lost(None, staged_for=GRACE, backlog=0)
    assert is_lost(upload(), staged_for=5 * MINUTE, backlog=0)


def test_within_the_grace_nothing_is_lost() -> None:
    assert not is_lost(None, staged_for=GRACE / 2, backlog=0)
    assert not is_lost(upload(unchanged_for=GRACE / 2), staged_for=9 * MINUTE, backlog=0)


def test_on_a_busy_queue_a_message_counts_as_lost_after_a_while() -> None:
    """Other people's traffic must not keep an upload waiting for ever."""
    assert not is_lost(None, staged_for=RESEND_AFTER - MINUTE, backlog=50)
    assert is_lost(None, staged_for=RESEND_AFTER, backlog=50)


def test_a_second_loss_is_judged_from_the_second_message() -> None:
    assert not is_lost(upload(unchanged_for=14 * MINUTE), staged_for=15 * MINUTE, backlog=50)
    assert is_lost(upload(unchanged_for=15 * MINUTE), staged_for=30 * MINUTE, backlog=50)


def test_a_pause_breeds_no_duplicates_and_neither_does_its_end() -> None:
    hours = 3 * 60 * MINUTE
    waiting = upload(unchanged_for=hours)
    for since_resumed in (timedelta(), MINUTE, 80 * MINUTE):
        assert not is_lost(waiting, staged_for=hours, backlog=50, received_for=since_resumed)
        assert not is_lost(None, staged_for=hours, backlog=50, received_for=since_resumed)
    assert is_lost(waiting, staged_for=hours, backlog=50, received_for=hours / 2)
    assert not is_erasing_lost(waiting, backlog=50, received_for=MINUTE)
    assert is_erasing_lost(waiting, backlog=50, received_for=RESEND_AFTER)


def test_what_was_never_sent_is_sent_in_a_pause_too() -> None:
    assert is_lost(None, staged_for=GRACE, backlog=0, received_for=timedelta())
    assert is_erasing_lost(upload(), backlog=0, received_for=timedelta())


def sent_in(minutes: int) -> list[int]:
    """The minutes at which a sweep enqueues an upload that waits in a backlog."""
    sent: list[int] = []
    for minute in range(1, minutes + 1):
        record = upload(unchanged_for=(minute - sent[-1]) * MINUTE) if sent else None
        if is_lost(record, staged_for=minute * MINUTE, backlog=5000):
            sent.append(minute)
    return sent


def test_a_long_backlog_breeds_few_duplicates() -> None:
    """At most one extra message in any quarter of an hour, and ever fewer."""
    assert sent_in(60) == [15, 30, 60]
    assert sent_in(9 * 60) == [15, 30, 60, 120, 240, 480]


@pytest.mark.parametrize("status", AT_REST)
def test_what_is_at_rest_is_never_enqueued(status: State) -> None:
    assert not is_lost(upload(status, timedelta(days=9)), staged_for=timedelta(days=9), backlog=0)


def test_a_begun_attempt_holds_its_message_until_the_visibility_timeout() -> None:
    begun = upload(State.PROCESSING, VISIBILITY, attempts=1)
    assert not is_lost(begun, staged_for=9 * MINUTE, backlog=0)
    assert is_lost(upload(State.PROCESSING, VISIBILITY + GRACE, 1), staged_for=9 * MINUTE, backlog=0)


def test_a_cut_off_last_attempt_is_told_and_an_earlier_one_is_not() -> None:
    long_ago = VISIBILITY + 2 * GRACE
    assert is_cut_off(upload(State.PROCESSING, long_ago, MAX_RECEIVE_COUNT))
    assert not is_cut_off(upload(State.PROCESSING, long_ago, MAX_RECEIVE_COUNT - 1))
    assert not is_cut_off(upload(State.PROCESSING, timedelta(), MAX_RECEIVE_COUNT))


@pytest.mark.parametrize("status", AT_REST)
def test_what_is_at_rest_is_never_cut_off(status: State) -> None:
    """A failed upload keeps its true reason, and gets no second one each other minute."""
    assert not is_cut_off(upload(status, timedelta(days=9), MAX_RECEIVE_COUNT))


def test_states_say_what_they_mean() -> None:
    assert {s for s in State if s.finished} == set(AT_REST) - {State.FAILED, State.HELD}
    assert {s for s in State if s.closed} == set(AT_REST) - {State.FAILED}
    assert {s for s in State if s.gone} == {State.TAKEN_BACK, State.ERASED}
    assert {s for s in State if s.resting} == set(AT_REST)


@pytest.mark.parametrize(
    ("unchanged_for", "attempts", "backlog", "lost"),
    [
        (GRACE - MINUTE / 60, 1, 0, False),
        (GRACE, 1, 0, True),
        (GRACE, 1, 1, False),
        (RESEND_AFTER - MINUTE, 1, 1, False),
        (RESEND_AFTER, 1, 1, True),
        (RESEND_AFTER - MINUTE, MAX_RECEIVE_COUNT, 0, False),
        (RESEND_AFTER, MAX_RECEIVE_COUNT, 0, True),
    ],
)
def test_what_is_to_be_erased_is_sent_again_soon_on_an_empty_queue_and_seldom_otherwise(
    unchanged_for: timedelta, attempts: int, backlog: int, lost: bool
) -> None:
    taken_back = upload(State.TAKEN_BACK, unchanged_for, attempts)
    assert is_erasing_lost(taken_back, backlog=backlog) is lost

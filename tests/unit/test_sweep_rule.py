"""When a message counts as lost. The rule must heal losses and must not breed duplicates from a backlog."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.delivery import MAX_RECEIVE_COUNT, VISIBILITY_TIMEOUT_SECONDS
from shared.domain.ids import new_upload_id
from shared.domain.sweep import GRACE, OVERTAKEN, is_dead_lettered, is_lost
from shared.domain.uploads import FAILED, PROCESSING, PUBLISHED, QUEUED, REJECTED, Upload

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def upload(status: str = QUEUED, age: timedelta = timedelta(minutes=5), **changes: object) -> Upload:
    fields = {
        "id": new_upload_id(),
        "owner": new_upload_id(),
        "username": "ann",
        "filename": "x.jpg",
        "size_bytes": 1,
        "accepted_at": NOW - age,
        "status": status,
    }
    return Upload(**(fields | changes))  # type: ignore[arg-type]  # each test names what it changes


def lost(subject: Upload, *, backlog: int = 0, newest_begun: datetime | None = None) -> bool:
    return is_lost(subject, backlog=backlog, newest_begun=newest_begun, now=NOW)


def test_with_an_empty_queue_whatever_waits_is_lost() -> None:
    assert lost(upload())


def test_within_the_grace_nothing_is_lost() -> None:
    assert not lost(upload(age=GRACE / 2))


def test_a_long_backlog_is_no_loss_however_old_the_upload() -> None:
    assert not lost(upload(age=timedelta(hours=9)), backlog=1)
    assert not lost(upload(age=timedelta(hours=9)), backlog=9000, newest_begun=NOW - timedelta(hours=9))


def test_an_upload_that_much_younger_ones_have_overtaken_is_lost() -> None:
    old = upload(age=timedelta(hours=1))
    assert lost(old, backlog=50, newest_begun=old.accepted_at + OVERTAKEN + timedelta(seconds=1))
    assert not lost(old, backlog=50, newest_begun=old.accepted_at + OVERTAKEN)


def test_a_second_loss_is_judged_from_the_second_message() -> None:
    again = upload(age=timedelta(hours=1), requeued_at=NOW - GRACE / 2)
    assert not lost(again)


@pytest.mark.parametrize("status", [PUBLISHED, REJECTED, FAILED])
def test_what_is_finished_or_waits_for_an_operator_is_never_enqueued(status: str) -> None:
    assert not lost(upload(status))


def test_a_begun_attempt_holds_its_message_until_the_visibility_timeout() -> None:
    visibility = timedelta(seconds=VISIBILITY_TIMEOUT_SECONDS)
    begun = upload(PROCESSING, attempts=1, changed_at=NOW - visibility)
    assert not lost(begun)
    assert lost(upload(PROCESSING, attempts=1, changed_at=NOW - visibility - GRACE))


def test_a_cut_off_last_attempt_is_dead_lettered_and_an_earlier_one_is_not() -> None:
    long_ago = NOW - timedelta(seconds=VISIBILITY_TIMEOUT_SECONDS) - 2 * GRACE
    assert is_dead_lettered(upload(PROCESSING, attempts=MAX_RECEIVE_COUNT, changed_at=long_ago), NOW)
    assert not is_dead_lettered(upload(PROCESSING, attempts=MAX_RECEIVE_COUNT - 1, changed_at=long_ago), NOW)
    assert not is_dead_lettered(upload(PROCESSING, attempts=MAX_RECEIVE_COUNT, changed_at=NOW), NOW)

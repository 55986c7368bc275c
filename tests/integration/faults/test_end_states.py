"""An upload that has ended stays ended, however late a second delivery or the sweep goes on."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, event

from shared.adapters.mysql import FOR_WORK, Database
from shared.adapters.mysql_ingest_log import MySqlIngestLog
from shared.bootstrap import worker_parts
from shared.config import WorkerSettings, load
from shared.domain.manifest import Manifest
from shared.domain.uploads import Attempt, State
from tests.integration.conftest import Person, jpeg
from tests.integration.support.hand_worker import HandWorker
from tests.integration.support.staged import staged_manifest

STALL_SECONDS = 1.5  # long enough for a whole attempt beside it, unless a lock makes that wait


@contextmanager
def stalled_after_its_first_statement(engine: Engine, meanwhile: Callable[[], None]) -> Iterator[None]:
    """Pauses a transaction where a slow machine might, and runs `meanwhile` beside it."""
    ran: list[threading.Thread] = []

    def stall(*_: Any) -> None:
        if not ran:
            ran.append(threading.Thread(target=meanwhile))
            ran[0].start()
            ran[0].join(STALL_SECONDS)

    event.listen(engine, "after_cursor_execute", stall)
    try:
        yield
    finally:
        event.remove(engine, "after_cursor_execute", stall)
        ran[0].join(30)


@pytest.fixture
def waiting(person: Person, hands: HandWorker) -> Manifest:
    """An accepted upload without a record; its message is taken."""
    upload_id = person.post_image(jpeg(200, 150)).json["id"]
    hands.messages()
    return staged_manifest(hands.parts.store, UUID(upload_id))


@pytest.fixture
def database(environ: dict[str, str]) -> Iterator[Database]:
    """Connections of their own for the transaction that stalls."""
    own = Database(load(WorkerSettings, environ).database_url.get_secret_value(), FOR_WORK, pool_size=1)
    yield own
    own.close()


LATE: dict[str, Callable[[MySqlIngestLog, Manifest], object]] = {
    "a second delivery": lambda log, m: log.begin(m, Attempt(2, "late", datetime.now(UTC))),
    "the sweep": lambda log, m: log.requeued(m),
}


@pytest.mark.parametrize("who", LATE)
@pytest.mark.parametrize("good", [True, False], ids=["published", "rejected"])
def test_a_stalled_transaction_does_not_undo_an_end(
    person: Person, hands: HandWorker, environ: dict[str, str], who: str, good: bool, database: Database
) -> None:
    upload_id = person.post_image(jpeg(200, 150) if good else jpeg(200, 150)[:2000]).json["id"]
    hands.messages()
    manifest = staged_manifest(hands.parts.store, UUID(upload_id))
    first = HandWorker(worker_parts(load(WorkerSettings, environ)), hands.queue_url)
    ended: list[str] = []

    def attempt() -> None:
        ended.append(first.ingest(manifest.owner, manifest.upload_id))

    late = MySqlIngestLog(database)
    with stalled_after_its_first_statement(database._engine, attempt):
        LATE[who](late, manifest)
    assert ended == ["published" if good else "rejected"]
    upload = hands.parts.uploads.find(manifest.upload_id)
    assert upload is not None
    assert upload.status == ended[0]


@pytest.mark.parametrize("end", ["reject", "fail", "publish"])
def test_an_end_is_not_overwritten_by_another(hands: HandWorker, waiting: Manifest, end: str) -> None:
    assert hands.ingest(waiting.owner, waiting.upload_id) == "published"
    attempts, attempt = hands.parts.attempts, Attempt(2, "late", datetime.now(UTC))
    if end == "reject":
        attempts.reject(waiting.upload_id, attempt, "corrupt", "late", [])
    elif end == "fail":
        attempts.fail(waiting.upload_id, attempt, "late")
    else:
        hands.parts.recovery.requeued(waiting)
    assert attempts.begin(waiting, attempt) is State.PUBLISHED
    found = hands.parts.uploads.find(waiting.upload_id)
    assert found is not None
    assert (found.status, found.reason_code) == (State.PUBLISHED, None)


def test_a_failed_upload_is_published_by_a_message_that_comes_after_all(
    hands: HandWorker, waiting: Manifest
) -> None:
    """SQS's own redrive, or a late delivery."""
    last = Attempt(5, "w", datetime.now(UTC))
    hands.parts.attempts.begin(waiting, last)
    hands.parts.attempts.fail(waiting.upload_id, last, "the database was away")
    hands.parts.recovery.requeued(waiting)
    failed = hands.parts.uploads.find(waiting.upload_id)
    assert failed is not None
    assert failed.status is State.FAILED, "the sweep does not revive it"
    assert hands.ingest(waiting.owner, waiting.upload_id) == "published"

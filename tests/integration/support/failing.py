"""Attempts that fail for real: S3 that nobody answers for, a bug in a step, a database that refuses a statement."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import boto3
import pytest
from sqlalchemy import create_engine, text

from shared.adapters.s3 import S3ObjectStore, s3_client
from shared.domain.delivery import MAX_RECEIVE_COUNT
from shared.domain.uploads import Event
from tests.integration.conftest import Person
from tests.integration.support.hand_worker import HandWorker
from tests.support_cloud import free_port

S3_AWAY = "StoreUnavailable at adapters/s3._get"
BUG = "ZeroDivisionError at worker/pipeline.ingest"
REFUSED = "CatalogueUnavailable at adapters/mysql.connect"


def accepted(person: Person, pictures: Sequence[bytes]) -> list[UUID]:
    """Each is uploaded; the ids, the oldest first."""
    answers = [person.post_image(picture) for picture in pictures]
    assert {answer.status for answer in answers} <= {202}
    return [UUID(answer.json["id"]) for answer in answers]


def last_attempt(hands: HandWorker, owner: UUID, upload_id: UUID) -> None:
    """The last permitted attempt, after others that failed: those that were cut off would have it spared."""
    now = datetime.now(UTC)
    failed = [Event(now, "fetch", number, "hand", 1, "failed") for number in range(1, MAX_RECEIVE_COUNT)]
    hands.parts.attempts.note(upload_id, failed)
    hands.ingest(owner, upload_id, MAX_RECEIVE_COUNT)


def give_up(hands: HandWorker) -> int:
    """The last permitted attempt at all that waits, each of which has to fail; how many there were."""
    messages = hands.messages()
    for message in messages:
        kwargs = json.loads(json.loads(message["Body"])["body"])[1]
        try:
            last_attempt(hands, UUID(kwargs["owner"]), UUID(kwargs["upload_id"]))
        except Exception:  # noqa: BLE001, S112 -- whatever it is, it is recorded, which is what tests look at
            continue
        raise AssertionError("this attempt was to fail")
    return len(messages)


@contextmanager
def s3_away(hands: HandWorker, region: str) -> Iterator[HandWorker]:
    """A worker who gets manifests, and for what was received asks a port where nobody listens."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{free_port()}")
        patch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.0)
        client = s3_client(boto3.Session(), region)
        real, away = hands.parts.store, S3ObjectStore(client, "none")
        store: Any = _Split(real, away)
        yield HandWorker(replace(hands.parts, store=store), hands.queue_url)
        client.close()


@dataclass
class _Split:
    real: Any
    away: Any

    def get(self, key: str) -> Any:
        return (self.real if key.endswith("/manifest") else self.away).get(key)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


@contextmanager
def a_bug(hands: HandWorker) -> Iterator[HandWorker]:
    """A version of the worker whose validation is broken."""

    def broken(*_: Any) -> None:
        raise ZeroDivisionError("division by zero")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("worker.pipeline.process", broken)
        yield hands


@contextmanager
def database_refuses_images(hands: HandWorker, owners_url: str) -> Iterator[HandWorker]:
    """MariaDB itself refuses each new image."""
    engine = create_engine(owners_url)
    with engine.begin() as c:
        c.execute(
            text("""CREATE TRIGGER refuse BEFORE INSERT ON images FOR EACH ROW
                    SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1114, MESSAGE_TEXT = 'The table is full'""")
        )
    try:
        yield hands
    finally:
        with engine.begin() as c:
            c.execute(text("DROP TRIGGER refuse"))
        engine.dispose()

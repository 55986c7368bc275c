"""Rubbish among real dead letters: all are counted, shown as what they are, and each kind ends by itself."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import boto3
import pytest

from shared.domain.delivery import MAX_RECEIVE_COUNT
from shared.domain.uploads import State
from tests.integration.conftest import Person, jpeg
from tests.integration.support.failing import a_bug, accepted, last_attempt
from tests.integration.support.hand_worker import HandWorker
from tests.integration.support.staged import staged_manifest

RUBBISH = 50
HOSTILE = '<script>alert("dead")</script><img src=x onerror=alert(1)>'
BODIES = [
    *(HOSTILE, "{", "[]", "null", '{"body": "{}"}', "\u202e not text", "x" * 100_000),
    '{"body": "[[], {\\"owner\\": \\"<b>\\", \\"upload_id\\": 7}]", "headers": {"task": "worker.ingest"}}',
]
FAILED, UNRECORDED = 3, 4


@pytest.fixture
def sqs(environ: dict[str, str]) -> Iterator[Any]:
    """A client of the stack's SQS."""
    assert environ
    client = boto3.Session().client("sqs")
    yield client
    client.close()


def dead_letter(sqs: Any, environ: dict[str, str], expected: int) -> None:
    """Receive all that waits as often as SQS allows, so that it moves it to the dead-letter queue itself."""
    url = environ["SQS_QUEUE_URL"]
    for _ in range((MAX_RECEIVE_COUNT + 1) * expected):
        sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    wanted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    for queue, count in ((url, 0), (environ["SQS_DLQ_URL"], expected)):
        told = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=wanted)["Attributes"]
        assert sum(map(int, told.values())) == count


def kinds(operator: Person) -> tuple[Counter[str], dict[str, Any]]:
    told = operator.get("/dead-letters/messages")
    found = Counter(item["kind"] for item in told["items"])
    assert found.total() == told["looked_at"] == min(told["about"], 50)
    return found, told


def act(operator: Person, verb: str, kind: str) -> dict[str, Any]:
    path = f"/api/v1/dead-letters/messages/{verb}"
    answer = operator.client.post(path, json={"kind": kind}, headers=operator.headers)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json or {}
    assert told["asked"] == told["moved"] + told["gone"] + told["failed"]
    return {name: told[name] for name in ("asked", "moved", "left")}


@pytest.mark.slow
def test_rubbish_is_counted_shown_escaped_and_discarded_without_the_real_ones(
    person: Person, operator: Person, hands: HandWorker, sqs: Any, environ: dict[str, str]
) -> None:
    # Given real dead letters, of which some have a failed upload, and much that nobody can read
    ids = accepted(person, [jpeg(32, 24)] * (FAILED + UNRECORDED))
    dead_letter(sqs, environ, FAILED + UNRECORDED)
    named = {UUID(item["upload_id"]) for item in operator.get("/dead-letters/messages")["items"]}
    assert named == set(ids)
    fail(hands, ids[:FAILED])
    for number in range(RUBBISH):
        body = BODIES[number % len(BODIES)] + (f" {number}" if number >= len(BODIES) else "")
        sqs.send_message(QueueUrl=environ["SQS_DLQ_URL"], MessageBody=body)
    everything = RUBBISH + FAILED + UNRECORDED

    # Then every figure has them all
    assert operator.get("/queue")["dead_letters"] == everything
    found, told = kinds(operator)
    assert told["about"] == everything
    assert found["unreadable"] >= 50 - FAILED - UNRECORDED
    assert set(found) <= {"unreadable", "failed", "unrecorded"}
    page = operator.client.get("/ops/dead-letters", headers=operator.headers)
    assert page.status_code == 200
    assert f"Looked at 50 of about {everything} messages" in page.text
    assert "alert(1)&gt;" in page.text
    assert not re.search(r"<script>alert|<img src=x|<b>\"", page.text)
    form = {"verb": "discard"}
    sure = operator.client.post(
        "/ops/dead-letters/confirm?kind=unreadable", data=form, headers=operator.headers
    )
    assert f"Discard {RUBBISH} messages?" in sure.text
    assert "<script>alert" not in sure.text

    # When the confirmation is left, and the rubbish is discarded by another road
    letters = re.findall(r'name="letter" value="([^"]+)"', sure.text)
    assert len(letters) == RUBBISH
    held = operator.get("/queue")["dead_letters"]
    assert held == everything, "what is kept for a confirmation is still there"
    assert act(operator, "discard", "unreadable") == {"asked": 0, "moved": 0, "left": everything}
    left = operator.client.post("/ops/dead-letters/leave", data={"letter": letters}, headers=operator.headers)
    assert left.status_code == 303
    assert act(operator, "discard", "unreadable") == {
        "asked": RUBBISH,
        "moved": RUBBISH,
        "left": FAILED + UNRECORDED,
    }

    # Then the others are as they were, and end by themselves
    found, told = kinds(operator)
    assert found == {"failed": FAILED, "unrecorded": UNRECORDED}
    assert told["about"] == FAILED + UNRECORDED
    assert hands.messages() == [], "nothing was sent again"
    assert act(operator, "redrive", "unrecorded") == {
        "asked": UNRECORDED,
        "moved": UNRECORDED,
        "left": FAILED,
    }
    assert act(operator, "discard", "settled")["asked"] == 0, "a failed upload's message is none"
    assert hands.work() == ["published"] * UNRECORDED
    states = {i: upload.status for i, upload in hands.parts.uploads.find_many(ids).items()}
    assert Counter(states.values()) == {State.FAILED: FAILED, State.PUBLISHED: UNRECORDED}
    redriven = operator.client.post(
        "/api/v1/dead-letters/redrive", json={"ids": [str(i) for i in ids[:FAILED]]}, headers=operator.headers
    )
    assert (redriven.json or {})["moved"] == FAILED
    assert hands.work() == ["published"] * FAILED
    assert act(operator, "discard", "settled") == {"asked": FAILED, "moved": FAILED, "left": 0}


def fail(hands: HandWorker, ids: list[UUID]) -> None:
    """Their last attempt meets a bug; SQS has their messages already."""
    with a_bug(hands) as failing:
        for upload_id in ids:
            with pytest.raises(ZeroDivisionError):
                last_attempt(failing, staged_manifest(hands.parts.store, upload_id).owner, upload_id)

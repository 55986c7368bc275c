"""SqsWorkQueue keeps the same promises on every stand-in for SQS."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import boto3
import pytest

from shared.adapters.sqs import SqsWorkQueue
from shared.domain.delivery import MAX_RECEIVE_COUNT, TASK_NAME, VISIBILITY_TIMEOUT_SECONDS
from shared.ports.work_queue import Depth, QueueUnavailable
from tests.integration.support.faulty_proxy import Fault, FaultyProxy
from tests.support_cloud import REGION, aws_environment, free_port
from worker.consume import envelope

OWNER = UUID("0b6ae8a6-53a5-4b6c-9b59-5b6ab0a4a4b1")
DAY = 86_400


class Queues:
    """A queue and its dead-letter queue, made for one test, and a client to look at them."""

    def __init__(self, endpoint: str, **attributes: str) -> None:
        self.endpoint = endpoint
        self.sqs: Any = boto3.client("sqs", region_name=REGION, endpoint_url=endpoint)
        name = f"q-{uuid4().hex}"
        self.dead_url = self.sqs.create_queue(
            QueueName=name + "-dead", Attributes={"MessageRetentionPeriod": str(14 * DAY)}
        )["QueueUrl"]
        settings: Any = {
            "VisibilityTimeout": str(VISIBILITY_TIMEOUT_SECONDS),
            "MessageRetentionPeriod": str(4 * DAY),
            "RedrivePolicy": self.policy(self.dead_url),
        }
        self.url = self.sqs.create_queue(QueueName=name, Attributes=settings | attributes)["QueueUrl"]

    def policy(self, url: str, count: int = MAX_RECEIVE_COUNT) -> str:
        arn = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return json.dumps(
            {"deadLetterTargetArn": arn["Attributes"]["QueueArn"], "maxReceiveCount": str(count)}
        )

    def set(self, url: str, **attributes: str) -> None:
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)

    def adapter(self) -> SqsWorkQueue:
        return SqsWorkQueue(region=REGION, queue_url=self.url, dead_letter_url=self.dead_url)

    def receive(self) -> list[dict[str, Any]]:
        answer = self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages


@pytest.fixture(params=["moto", "ministack"])
def queues(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Queues]:
    endpoint: str = request.getfixturevalue(f"{request.param}_endpoint")
    for name, value in aws_environment(endpoint).items():
        monkeypatch.setenv(name, value)
    made = Queues(endpoint)
    yield made
    made.sqs.close()


def test_what_is_sent_is_what_the_worker_accepts(queues: Queues) -> None:
    upload = uuid4()

    queues.adapter().send(OWNER, upload)

    [message] = queues.receive()
    accepted = envelope.read(message["Body"], TASK_NAME)
    assert (accepted.owner, accepted.upload_id) == (OWNER, upload)
    assert len(message["Body"]) < 2000


def test_the_owner_is_the_message_group_so_that_one_owner_does_not_starve_the_others(queues: Queues) -> None:
    queues.adapter().send(OWNER, uuid4())

    assert queues.receive()[0]["Attributes"]["MessageGroupId"] == str(OWNER)


def test_depth_tells_waiting_from_taken_and_dead(queues: Queues) -> None:
    queue = queues.adapter()
    for _ in range(3):
        queue.send(OWNER, uuid4())
    queues.sqs.receive_message(QueueUrl=queues.url, MaxNumberOfMessages=1)
    queues.sqs.send_message(QueueUrl=queues.url, MessageBody="later", DelaySeconds=60)
    queues.sqs.send_message(QueueUrl=queues.dead_url, MessageBody="dead")

    depth = queue.depth()

    assert depth == Depth(visible=2, in_flight=1, delayed=1, dead_letters=1)


def test_many_threads_send_at_once_over_one_cold_queue(queues: Queues) -> None:
    queue, uploads = queues.adapter(), [uuid4() for _ in range(48)]
    together = threading.Barrier(12)

    def send(part: list[UUID]) -> None:
        together.wait(10)
        for upload in part:
            queue.send(OWNER, upload)

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(send, [uploads[start::12] for start in range(12)]))

    got: list[UUID] = []
    while messages := queues.receive():
        got += [envelope.read(message["Body"], TASK_NAME).upload_id for message in messages]
    assert sorted(got) == sorted(uploads)


def test_a_missing_queue_is_unavailable_not_created(queues: Queues) -> None:
    missing = SqsWorkQueue(region=REGION, queue_url=queues.url + "x", dead_letter_url=queues.dead_url)

    for act in (missing.check, missing.warm, missing.depth, lambda: missing.send(OWNER, uuid4())):
        with pytest.raises(QueueUnavailable):
            act()


def test_check_needs_the_dead_letter_queue_too(queues: Queues) -> None:
    queues.adapter().check()

    with pytest.raises(QueueUnavailable):
        SqsWorkQueue(region=REGION, queue_url=queues.url, dead_letter_url=queues.dead_url + "x").check()


def test_well_configured_queues_have_no_findings(queues: Queues) -> None:
    assert queues.adapter().misconfiguration() == []


def test_each_misconfiguration_is_found(queues: Queues) -> None:
    def findings() -> str:
        return " ".join(queues.adapter().misconfiguration())

    queues.set(queues.url, VisibilityTimeout="45")
    assert "visibility timeout" in findings()
    queues.set(queues.url, VisibilityTimeout="60", RedrivePolicy=queues.policy(queues.dead_url, 2))
    assert "maxReceiveCount is 2" in findings()
    queues.set(queues.dead_url, MessageRetentionPeriod=str(4 * DAY))
    assert "keep them longer" in findings()
    other = queues.sqs.create_queue(QueueName=f"q-{uuid4().hex}")["QueueUrl"]
    queues.set(queues.url, RedrivePolicy=queues.policy(other))
    assert "dead-letters to" in findings()


def test_a_missing_redrive_policy_is_found(queues: Queues) -> None:
    bare = queues.sqs.create_queue(QueueName=f"q-{uuid4().hex}")["QueueUrl"]

    [finding] = [
        sentence
        for sentence in SqsWorkQueue(
            region=REGION, queue_url=bare, dead_letter_url=queues.dead_url
        ).misconfiguration()
        if "RedrivePolicy" in sentence
    ]

    assert "no RedrivePolicy" in finding


@contextmanager
def silent_listener() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize("silent", [True, False], ids=["accepts but never answers", "refuses"])
def test_a_dead_broker_is_reported_within_six_seconds(silent: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    with silent_listener() as listening:
        port = listening if silent else free_port()
        for name, value in aws_environment(f"http://127.0.0.1:{port}").items():
            monkeypatch.setenv(name, value)
        url = f"http://127.0.0.1:{port}/000000000000/q"
        queue = SqsWorkQueue(region=REGION, queue_url=url, dead_letter_url=url + "-dead")
        began = time.monotonic()

        with pytest.raises(QueueUnavailable):
            queue.send(OWNER, uuid4())

        assert time.monotonic() - began < 6


def test_sending_works_again_once_the_broker_is_back(queues: Queues, monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultyProxy(queues.endpoint) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        queue, upload = queues.adapter(), uuid4()
        queue.warm()
        for fault in (Fault.CUT, Fault.ERROR_503, Fault.ERROR_403):
            proxy.fault = fault
            with pytest.raises(QueueUnavailable):
                queue.send(OWNER, upload)
        proxy.fault = Fault.NONE

        queue.send(OWNER, upload)

    assert [envelope.read(message["Body"], TASK_NAME).upload_id for message in queues.receive()] == [upload]

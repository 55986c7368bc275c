"""What only SQS does: attributes of queues, the message's form, a broker that dies. See tests/contract for the port."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

import pytest

from shared.adapters.sqs import SqsWorkQueue
from shared.domain.delivery import TASK_NAME
from shared.operating.message import looks
from shared.ports.work_queue import Depth, QueueUnavailable
from tests.integration.support.faulty_proxy import Fault, FaultyProxy
from tests.support_aws import DAY_SECONDS, Queues, use_cloud
from tests.support_cloud import REGION, free_port
from worker.consume import envelope

OWNER = UUID("0b6ae8a6-53a5-4b6c-9b59-5b6ab0a4a4b1")


@pytest.fixture(params=["moto", "ministack"])
def queues(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Queues]:
    endpoint: str = request.getfixturevalue(f"{request.param}_endpoint")
    use_cloud(endpoint, monkeypatch)
    made = Queues(endpoint)
    yield made
    made.sqs.close()


def test_a_message_is_short(queues: Queues) -> None:
    queues.queue.send(OWNER, uuid4())

    [message] = queues.messages()
    assert len(message["Body"]) < 2000


def test_a_message_looks_as_operators_are_told(queues: Queues) -> None:
    upload_id = uuid4()
    queues.queue.send(OWNER, upload_id)

    [message] = queues.messages()
    told = dict(looks(OWNER, upload_id))
    assert message["Attributes"]["MessageGroupId"] == told.pop("MessageGroupId")
    sent = envelope.read(message["Body"], TASK_NAME)
    assert told == {"task": sent.task, "owner": str(sent.owner), "upload_id": str(sent.upload_id)}


def test_depth_tells_waiting_from_taken_and_dead(queues: Queues) -> None:
    queue = queues.queue
    for _ in range(3):
        queue.send(OWNER, uuid4())
    queues.sqs.receive_message(QueueUrl=queues.url, MaxNumberOfMessages=1)
    queues.sqs.send_message(QueueUrl=queues.url, MessageBody="later", DelaySeconds=60)
    queues.sqs.send_message(QueueUrl=queues.dead_url, MessageBody="dead")

    depth = queue.depth()

    assert depth == Depth(visible=2, in_flight=1, delayed=1, dead_letters=1)


def test_a_missing_queue_is_unavailable_not_created(queues: Queues) -> None:
    missing = SqsWorkQueue(region=REGION, queue_url=queues.url + "x", dead_letter_url=queues.dead_url)

    for act in (missing.check, missing.warm, missing.depth, lambda: missing.send(OWNER, uuid4())):
        with pytest.raises(QueueUnavailable):
            act()


def test_check_needs_the_dead_letter_queue_too(queues: Queues) -> None:
    queues.queue.check()

    with pytest.raises(QueueUnavailable):
        SqsWorkQueue(region=REGION, queue_url=queues.url, dead_letter_url=queues.dead_url + "x").check()


def test_each_misconfiguration_is_found(queues: Queues) -> None:
    def findings() -> str:
        return " ".join(queues.queue.misconfiguration())

    queues.set(queues.url, VisibilityTimeout="45")
    assert "visibility timeout" in findings()
    queues.set(queues.url, VisibilityTimeout="60", RedrivePolicy=queues.policy(queues.dead_url, 2))
    assert "maxReceiveCount is 2" in findings()
    queues.set(queues.dead_url, MessageRetentionPeriod=str(4 * DAY_SECONDS))
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
        use_cloud(f"http://127.0.0.1:{port}", monkeypatch)
        url = f"http://127.0.0.1:{port}/000000000000/q"
        queue = SqsWorkQueue(region=REGION, queue_url=url, dead_letter_url=url + "-dead")
        began = time.monotonic()

        with pytest.raises(QueueUnavailable):
            queue.send(OWNER, uuid4())

        assert time.monotonic() - began < 6


def test_sending_works_again_once_the_broker_is_back(queues: Queues, monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultyProxy(queues.endpoint) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        upload = uuid4()
        queue = SqsWorkQueue(region=REGION, queue_url=queues.url, dead_letter_url=queues.dead_url)
        queue.warm()
        for fault in (Fault.CUT, Fault.ERROR_503, Fault.ERROR_403):
            proxy.fault = fault
            with pytest.raises(QueueUnavailable):
                queue.send(OWNER, upload)
        proxy.fault = Fault.NONE

        queue.send(OWNER, upload)

    assert [envelope.read(message["Body"], TASK_NAME).upload_id for message in queues.messages()] == [upload]

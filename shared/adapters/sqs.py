"""The work queue on Amazon SQS: what the web tier, the sweep and the operators do with it.

Messages are Celery's, sent by task name, so that this side imports nothing of the worker. The endpoint is
botocore's business (AWS_ENDPOINT_URL*).
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from botocore.exceptions import BotoCoreError, ClientError
from celery import Celery
from kombu import Exchange, Producer, Queue
from kombu.exceptions import KombuError

from shared import tracing
from shared.adapters.measured import measure_aws
from shared.domain.delivery import HARD_TIME_LIMIT_SECONDS, MAX_RECEIVE_COUNT, QUEUE_NAME, TASK_NAME
from shared.ports.work_queue import MAX_DELAY_SECONDS, Depth, QueueUnavailable

CLIENT_LIMITS = {
    # With botocore's defaults a dead broker holds a request for five minutes. The sweep sends what was not
    # sent, so giving up early loses nothing.
    "connect_timeout": 2,
    "read_timeout": 3,
    "retries": {"total_max_attempts": 1},
    "max_pool_connections": 32,  # as many threads may send at once before connections are opened and dropped
}


class SqsWorkQueue:
    """One queue and its dead-letter queue. Threads may share it; it connects at the first use, so after a fork.

    Every method answers or raises QueueUnavailable, and needs less than six seconds for each call to SQS.
    """

    def __init__(self, *, region: str, queue_url: str, dead_letter_url: str) -> None:
        self._queue_url = queue_url
        self._dead_letter_url = dead_letter_url
        self._lock = threading.Lock()
        self._producer: Producer | None = None
        self._app = Celery("producer", set_as_current=False)
        self._app.conf.update(_producer_settings(queue_url, region))

    def warm(self) -> None:
        """Open the connection that the first `send` would open. Raises QueueUnavailable."""
        with translated():
            self.client().get_queue_attributes(QueueUrl=self._queue_url, AttributeNames=["QueueArn"])

    def send(self, owner: UUID, upload_id: UUID, *, delay_seconds: int = 0) -> None:
        """Ask a worker to bring one upload to its end, after a while.

        The owner is the message group, so that SQS serves owners in turn and a thousand files of one
        don't delay another's single file (fair queues, Amazon SQS Developer Guide).
        """
        # Without one, the queue's own delay holds: a property that says 0 would be sent, and mean something else.
        delay: dict[str, Any] = (
            {"DelaySeconds": min(delay_seconds, MAX_DELAY_SECONDS)} if delay_seconds else {}
        )
        traced: dict[str, Any] = {}
        if parent := tracing.carried():
            traced["message_attributes"] = {tracing.CARRIED: {"DataType": "String", "StringValue": parent}}
        with translated():
            self._app.send_task(
                TASK_NAME,
                kwargs={"owner": str(owner), "upload_id": str(upload_id)},
                queue=QUEUE_NAME,
                producer=self._publisher(),
                MessageGroupId=str(owner),
                **delay,
                **traced,
                declare=[],  # declaring would ask SQS for the queue's size each time
                retry=False,
            )

    def depth(self) -> Depth:
        """How many messages wait in each state, as SQS counts them (approximately)."""
        with translated():
            counts = self._attributes(
                self._queue_url,
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
                "ApproximateNumberOfMessagesDelayed",
            )
            dead = self._attributes(
                self._dead_letter_url,
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",  # an operator looks at them
            )
        return Depth(
            visible=int(counts["ApproximateNumberOfMessages"]),
            in_flight=int(counts["ApproximateNumberOfMessagesNotVisible"]),
            delayed=int(counts["ApproximateNumberOfMessagesDelayed"]),
            dead_letters=sum(map(int, dead.values())),
        )

    def check(self) -> None:
        """Raise QueueUnavailable unless both queues answer."""
        with translated():
            for url in (self._queue_url, self._dead_letter_url):
                self._attributes(url, "QueueArn")

    def misconfiguration(self) -> list[str]:
        """What is wrong with the two queues' attributes, a sentence each; empty when they can be relied on."""
        with translated():
            queue = self._attributes(self._queue_url, "All")
            dead = self._attributes(self._dead_letter_url, "All")
        return list(_faults(queue, dead))

    def _attributes(self, url: str, *names: str) -> dict[str, str]:
        answer = self.client().get_queue_attributes(QueueUrl=url, AttributeNames=list(names))
        attributes: dict[str, str] = answer.get("Attributes", {})
        return attributes

    def client(self) -> Any:
        """The boto3 client behind it, made at the first use. Raises what boto3 does."""
        channel: Any = self._publisher().channel
        return channel.sqs(queue=QUEUE_NAME)

    def _publisher(self) -> Producer:
        """The one producer, which threads share: publishing changes nothing in it, and boto3 clients allow it.

        Making it is what threads must not do at once.
        """
        with self._lock:
            if self._producer is None:
                channel: Any = self._app.connection_for_write().channel()
                client = channel.sqs(queue=QUEUE_NAME)  # the boto3 client, which is most of the cost
                measure_aws(client.meta.events)
                self._producer = self._app.amqp.Producer(channel, auto_declare=False)
            return self._producer


def _producer_settings(queue_url: str, region: str) -> dict[str, Any]:
    return {
        "broker_url": "sqs://",  # no host: kombu would take it for an endpoint and override AWS_ENDPOINT_URL
        "broker_transport_options": {
            "region": region,
            "predefined_queues": {QUEUE_NAME: {"url": queue_url}},  # neither listed nor created
            # Readable JSON, for operators and for the worker's check; the default is base64 in base64.
            "sqs_base64_encoding": False,
            "body_encoding": None,
            "client-config": CLIENT_LIMITS,
        },
        "task_queues": [Queue(QUEUE_NAME, Exchange(""), routing_key=QUEUE_NAME)],
        "task_default_queue": QUEUE_NAME,
        "task_create_missing_queues": False,
        "task_serializer": "json",
        "task_ignore_result": True,
        "task_publish_retry": False,  # the sweep is the retry
        "result_backend": None,
    }


def _faults(queue: dict[str, str], dead: dict[str, str]) -> Iterator[str]:
    if queue.get("FifoQueue") == "true":
        yield "The queue is FIFO; it must be a standard queue, on which message groups mean fairness, not order."
    policy = json.loads(queue.get("RedrivePolicy") or "{}")
    if not policy:
        yield "The queue has no RedrivePolicy: a message that always fails would be retried until it expires."
    elif policy.get("deadLetterTargetArn") != dead["QueueArn"]:
        yield f"The queue dead-letters to {policy.get('deadLetterTargetArn')}, not to {dead['QueueArn']}."
    if policy and int(policy.get("maxReceiveCount", 0)) != MAX_RECEIVE_COUNT:
        yield f"maxReceiveCount is {policy.get('maxReceiveCount')}; the worker counts on {MAX_RECEIVE_COUNT}."
    if int(queue["VisibilityTimeout"]) <= HARD_TIME_LIMIT_SECONDS:
        yield (
            f"The visibility timeout is {queue['VisibilityTimeout']} s; it must exceed the hard time limit, "
            f"{HARD_TIME_LIMIT_SECONDS} s, or a slow task runs twice at once."
        )
    if int(dead["MessageRetentionPeriod"]) <= int(queue["MessageRetentionPeriod"]):
        yield (
            f"The dead-letter queue keeps messages for {dead['MessageRetentionPeriod']} s and the queue for "
            f"{queue['MessageRetentionPeriod']} s; it must keep them longer, as the clock starts at the first send."
        )


@contextmanager
def translated() -> Iterator[None]:
    """Their exceptions as the port's own."""
    try:
        yield
    except (BotoCoreError, ClientError, KombuError, OSError) as error:
        raise QueueUnavailable(f"SQS: {error}") from error

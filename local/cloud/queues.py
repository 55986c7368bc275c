"""The queue and its dead-letter queue, as deploy/cloudformation/data.yaml makes them on AWS."""

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from shared.domain.delivery import MAX_RECEIVE_COUNT, VISIBILITY_TIMEOUT_SECONDS

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

QUEUE = "image-portal-uploads"
DEAD_LETTER_QUEUE = "image-portal-dead-letters"
_DAY_SECONDS = 86_400


def provision_queues(sqs: "SQSClient", endpoint: str) -> tuple[str, str]:
    """Both queues' URLs at this endpoint: the queue's, its dead-letter queue's."""
    # A dead letter's age counts from its first sending, so it must be kept longer than the queue keeps it.
    dlq_url = _queue(sqs, endpoint, DEAD_LETTER_QUEUE, {"MessageRetentionPeriod": str(14 * _DAY_SECONDS)})
    answer = sqs.get_queue_attributes(QueueUrl=dlq_url, AttributeNames=["QueueArn"])
    redrive = {"deadLetterTargetArn": answer["Attributes"]["QueueArn"], "maxReceiveCount": MAX_RECEIVE_COUNT}
    attributes = {
        "VisibilityTimeout": str(VISIBILITY_TIMEOUT_SECONDS),
        "MessageRetentionPeriod": str(4 * _DAY_SECONDS),
        "RedrivePolicy": json.dumps(redrive),
    }
    return _queue(sqs, endpoint, QUEUE, attributes), dlq_url


def _queue(sqs: "SQSClient", endpoint: str, name: str, attributes: dict[str, str]) -> str:
    try:
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    except sqs.exceptions.QueueDoesNotExist:
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
    # A queue keeps the address it was made under; the endpoint's port may be another one today.
    url = endpoint + urlsplit(url).path
    sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)  # type: ignore[arg-type]
    return url

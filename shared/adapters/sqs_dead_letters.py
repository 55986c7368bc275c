"""The dead-letter queue on Amazon SQS."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from shared.adapters.sqs import translated
from shared.domain.delivery import ids_in
from shared.ports.dead_letters import DeadLetter

MOST_IN_A_CALL = 10
"""SQS's own limit."""
START = 400
"""Characters kept of a body: a message may have a mebibyte, and a page shows many."""
_EMPTY_ANSWERS = 2
"""Short polls ask some of SQS's servers alone, so that one without any message says little."""
_NOT_HELD = ("MessageNotInflight", "ReceiptHandleIsInvalid", "InvalidParameterValue")


class SqsDeadLetters:
    """Implements shared.ports.dead_letters.DeadLetters. `client` gives a boto3 client that threads may share."""

    def __init__(self, client: Callable[[], Any], url: str) -> None:
        self._client = client
        self._url = url

    def take(self, most: int, seconds: int) -> list[DeadLetter]:
        """Receive some."""
        taken: dict[str, DeadLetter] = {}
        empty = 0
        with translated():
            while len(taken) < most and empty < _EMPTY_ANSWERS:
                answer = self._client().receive_message(
                    QueueUrl=self._url,
                    MaxNumberOfMessages=min(most - len(taken), MOST_IN_A_CALL),
                    VisibilityTimeout=seconds,
                    MessageSystemAttributeNames=["ApproximateReceiveCount", "SentTimestamp"],
                )
                found = [_letter(message) for message in answer.get("Messages", [])]
                empty += not any(letter.id not in taken for letter in found)
                taken |= {
                    letter.id: letter for letter in found
                }  # one that came twice is held by its last handle
        return list(taken.values())

    def release(self, handles: Sequence[str]) -> None:
        """Let them be seen again."""
        with translated():
            for start in range(0, len(handles), MOST_IN_A_CALL):
                entries = [
                    {"Id": str(number), "ReceiptHandle": handle, "VisibilityTimeout": 0}
                    for number, handle in enumerate(handles[start : start + MOST_IN_A_CALL])
                ]
                self._client().change_message_visibility_batch(QueueUrl=self._url, Entries=entries)

    def hold(self, handle: str, seconds: int) -> bool:
        """Hide it for longer."""
        with translated():
            try:
                self._client().change_message_visibility(
                    QueueUrl=self._url, ReceiptHandle=handle, VisibilityTimeout=seconds
                )
            except ClientError as error:
                if error.response["Error"]["Code"].rpartition(".")[2] in _NOT_HELD:
                    return False
                raise
        return True

    def remove(self, handle: str) -> None:
        """Remove it."""
        with translated():
            self._client().delete_message(QueueUrl=self._url, ReceiptHandle=handle)

    def count(self) -> int:
        """How many there are, hidden ones too."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        with translated():
            answer = self._client().get_queue_attributes(QueueUrl=self._url, AttributeNames=names)
        return sum(int(answer["Attributes"][name]) for name in names)


def _letter(message: dict[str, Any]) -> DeadLetter:
    body = message.get("Body", "")
    attributes = message.get("Attributes", {})
    owner, upload_id = ids_in(body) or (None, None)
    return DeadLetter(
        id=message["MessageId"],
        handle=message["ReceiptHandle"],
        owner=owner,
        upload_id=upload_id,
        start=body[:START],
        characters=len(body),
        received=int(attributes.get("ApproximateReceiveCount", 0)),
        sent_at=datetime.fromtimestamp(int(attributes.get("SentTimestamp", 0)) / 1000, UTC),
    )

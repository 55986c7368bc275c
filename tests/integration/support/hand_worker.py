"""A worker without Celery: takes messages from the real queue and runs the pipeline, one at a time, on request."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import boto3

from shared.domain.uploads import Attempt
from shared.parts import WorkerParts
from worker.imaging import Limits
from worker.message import handle


class HandWorker:
    """Receives, works, deletes, as the Celery worker does, but when the test says so."""

    def __init__(self, parts: WorkerParts, queue_url: str) -> None:
        self.parts = parts
        self._sqs: Any = boto3.Session().client("sqs")
        self.queue_url = queue_url

    def messages(self) -> list[dict[str, Any]]:
        """Everything visible on the queue, taken from it."""
        taken = []
        while batch := self._sqs.receive_message(
            QueueUrl=self.queue_url,
            MaxNumberOfMessages=10,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        ).get("Messages"):
            for message in batch:
                self._sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
            taken += batch
        return taken

    def work(self, attempt: int = 1) -> list[str]:
        """Handle everything that waits; returns each upload's end state."""
        states = []
        for message in self.messages():
            kwargs = json.loads(json.loads(message["Body"])["body"])[1]
            states.append(self.ingest(UUID(kwargs["owner"]), UUID(kwargs["upload_id"]), attempt))
        return states

    def ingest(self, owner: UUID, upload_id: UUID, attempt: int = 1) -> str:
        """Run one attempt."""
        return handle(owner, upload_id, Attempt(attempt, "hand", datetime.now(UTC)), self.parts, Limits())

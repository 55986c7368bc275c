"""An upload as templates and the API show it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.domain.images import Image
from shared.domain.uploads import Event, State, Upload
from shared.ports.media_urls import MediaUrls
from web.views.image import ImageView
from web.views.times import timestamp


@dataclass(frozen=True)
class UploadView:
    """An upload with what its state means to its owner."""

    id: str
    filename: str
    bytes: int
    status: State
    accepted_at: datetime
    attempts: int
    queue_position: int | None
    reason: dict[str, str] | None
    image: ImageView | None
    username: str

    @classmethod
    def of(
        cls, upload: Upload, media: MediaUrls, images: dict[UUID, Image], queue_position: int | None
    ) -> "UploadView":
        """`queue_position` is kept for waiting uploads alone."""
        image = images.get(upload.id)
        reason = (
            {"code": upload.reason_code, "message": _reason(upload)}
            if upload.reason_code is not None
            else None
        )
        return cls(
            id=str(upload.id),
            filename=upload.filename,
            bytes=upload.size_bytes,
            status=upload.status,
            accepted_at=upload.accepted_at,
            attempts=upload.attempts,
            queue_position=queue_position if upload.status is State.QUEUED else None,
            reason=reason,
            image=ImageView.of(image, media) if image else None,
            username=upload.username,
        )

    def json(self, events: list[Event] | None = None) -> dict[str, Any]:
        """The API's form; `events` is the timeline, oldest first."""
        body: dict[str, Any] = {
            "id": self.id,
            "status": self.status,
            "filename": self.filename,
            "bytes": self.bytes,
            "accepted_at": timestamp(self.accepted_at),
            "attempts": self.attempts,
        }
        if self.queue_position is not None:
            body["queue_position"] = self.queue_position
        if self.reason:
            body["reason"] = self.reason
        if self.image:
            body["image"] = self.image.json()
        if events is not None:
            body["events"] = [_event(self.accepted_at, "accept")] + [_event_json(e) for e in events]
        return body


def _reason(upload: Upload) -> str:
    """What an owner reads: a rejection's own sentence; of our failures only that they are ours."""
    if upload.reason_code == "dead_letter":
        return f"We could not process it. It is kept, and an operator will look. Reference {str(upload.id)[-8:]}."
    return upload.reason_message or ""


def _event(at: datetime, step: str) -> dict[str, Any]:
    return {"at": timestamp(at), "step": step, "attempt": 0, "worker": "web", "ms": 0, "result": "ok"}


def _event_json(event: Event) -> dict[str, Any]:
    return {
        "at": timestamp(event.at),
        "step": event.step,
        "attempt": event.attempt,
        "worker": event.worker,
        "ms": event.ms,
        "result": event.result,
    }

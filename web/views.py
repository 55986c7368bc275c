"""Records as templates and the API show them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for

from shared.domain.formats import download_name
from shared.domain.images import Image
from shared.domain.uploads import QUEUED, Event, Upload
from shared.ports.media_urls import MediaUrls


def timestamp(moment: datetime) -> str:
    """RFC 3339, UTC."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class ImageView:
    """An image with its addresses; sizes are pixels and bytes."""

    id: str
    username: str
    caption: str
    hashtags: list[str]
    licence: str
    width: int
    height: int
    bytes: int
    format: str
    sha256: str
    uploaded_at: datetime
    thumbnail_url: str
    thumbnail_width: int
    thumbnail_height: int
    preview_url: str
    preview_width: int
    preview_height: int
    original_url: str
    page_url: str
    colour: str
    alt: str

    @classmethod
    def of(cls, image: Image, media: MediaUrls) -> "ImageView":
        """Sign the addresses and take what people see."""
        return cls(
            id=str(image.id),
            username=image.username,
            caption=image.caption,
            hashtags=list(image.hashtags),
            licence=image.licence,
            width=image.width,
            height=image.height,
            bytes=image.size_bytes,
            format=image.format,
            sha256=image.sha256,
            uploaded_at=image.uploaded_at,
            thumbnail_url=media.url(image.thumbnail.key),
            thumbnail_width=image.thumbnail.width,
            thumbnail_height=image.thumbnail.height,
            preview_url=media.url(image.preview.key),
            preview_width=image.preview.width,
            preview_height=image.preview.height,
            original_url=media.url(
                image.original_key, download_as=download_name(image.filename, image.format)
            ),
            page_url=url_for("pages.image", image_id=str(image.id)),
            colour=image.colour,
            alt=_alt(image),
        )

    def json(self) -> dict[str, Any]:
        """The API's form."""
        return vars(self) | {
            "uploaded_at": timestamp(self.uploaded_at),
            "page_url": url_for("pages.image", image_id=self.id, _external=True),
        }


def _alt(image: Image) -> str:
    words = " ".join(image.caption.split())
    return words[:140] if words else f"Image by {image.username}"


@dataclass(frozen=True)
class UploadView:
    """An upload with what its state means to its owner."""

    id: str
    filename: str
    bytes: int
    status: str
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
            queue_position=queue_position if upload.status == QUEUED else None,
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

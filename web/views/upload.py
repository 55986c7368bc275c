"""An upload as templates show it."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil
from uuid import UUID

from shared.domain.forecast import about
from shared.domain.images import Image
from shared.domain.moderation import REMOVED
from shared.domain.uploads import State, Upload
from shared.ports.media_urls import MediaUrls
from web.views.image import ImageView


@dataclass(frozen=True)
class Place:
    """Where an upload waits: at most so many are ahead of it, and about so long it takes until a worker begins, None
    when that can't be told."""

    ahead: int
    wait_seconds: float | None


@dataclass(frozen=True)
class UploadView:
    """An upload with what its state means to its owner."""

    id: str
    filename: str
    bytes: int
    status: State
    accepted_at: datetime
    attempts: int
    place: Place | None
    reason: dict[str, str] | None
    image: ImageView | None
    similar: list[str]  # ids of own images that it looks like
    username: str
    taken_back_at: datetime | None
    undo_seconds: int | None
    erased_at: datetime | None
    dismissed: bool
    may_retry: bool

    @property
    def waits(self) -> str:
        """What is said of its place, empty without one: "about 37 ahead, about 2 min"."""
        if self.place is None or not self.place.ahead:
            return ""
        ahead = f"about {self.place.ahead:,} ahead"
        return ahead if self.place.wait_seconds is None else f"{ahead}, {about(self.place.wait_seconds)}"

    @property
    def removed(self) -> bool:
        """Whether a moderator removed it."""
        return self.reason is not None and self.reason["code"] == REMOVED

    @classmethod
    def of(
        cls, upload: Upload, media: MediaUrls, images: dict[UUID, Image], place: Place | None
    ) -> "UploadView":
        """`place` is kept for waiting uploads alone."""
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
            place=place if upload.status is State.QUEUED else None,
            reason=reason,
            image=ImageView.of(image, media) if image else None,
            similar=[str(i) for i in image.looks_like if i in images] if image else [],
            username=upload.username,
            taken_back_at=upload.taken_back_at,
            undo_seconds=ceil(upload.undo_for.total_seconds()) if upload.undo_for else None,
            erased_at=upload.erased_at,
            dismissed=upload.dismissed_at is not None,
            may_retry=upload.status is State.FAILED and upload.retried_at is None,
        )


def _reason(upload: Upload) -> str:
    """What an owner reads: a rejection's own sentence; of our failures only that they are ours."""
    if upload.reason_code == "dead_letter":
        return f"We could not process it. It is kept, and an operator will look. Reference {str(upload.id)[-8:]}."
    return upload.reason_message or ""

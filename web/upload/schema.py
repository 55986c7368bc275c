"""Requests and answers about uploads."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, Field

from shared.domain.albums import MAX_TITLE_CHARACTERS
from shared.domain.licences import BY_CODE
from shared.domain.limits import MAX_CAPTION_CHARACTERS, MAX_IDEMPOTENCY_KEY_CHARACTERS
from shared.domain.uploads import Event, State
from web.http.api import Header
from web.http.paging import DEFAULT_LIMIT, Cursor, Limit, NextCursor
from web.http.problems import Problem
from web.http.schema import EXAMPLE_ID, Id, Input, Omitted, Output, Timestamp
from web.upload.follow import STATES
from web.views.schema import ImageResource
from web.views.upload import Place, UploadView

MAX_IDS = 100
UploadId = Annotated[Id, Field(description="The upload's id.")]
IDEMPOTENCY_KEY = Header(
    "Idempotency-Key",
    f"Any string of up to {MAX_IDEMPOTENCY_KEY_CHARACTERS} characters, yours for one file.",
    MAX_IDEMPOTENCY_KEY_CHARACTERS,
)


EXAMPLE_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$", examples=[EXAMPLE_DIGEST])]


def _status(text: str) -> str:
    if text not in STATES:
        raise Problem(422, "unknown_status", f"Known: {', '.join(STATES)}.")
    return text


class UploadForm(Input):
    """What goes with the file. `accept` judges it, as it does the page's form."""

    caption: Annotated[
        str,
        Field(
            description="Hashtags are read from it.",
            examples=["The old harbour at dawn #boats"],
            json_schema_extra={"maxLength": MAX_CAPTION_CHARACTERS},
        ),
    ] = ""
    licence: Annotated[
        str,
        Field(
            description="By default all rights are reserved.",
            examples=["cc-by"],
            json_schema_extra={"enum": [*BY_CODE, ""]},
        ),
    ] = ""
    album: Annotated[
        str,
        Field(
            description="The id of an album of yours, or a title: your album of that title, made if there is none.",
            examples=["Lisbon in May"],
            json_schema_extra={"maxLength": MAX_TITLE_CHARACTERS},
        ),
    ] = ""


class ListUploads(Input):
    """Which of the own uploads."""

    status: Annotated[
        str,
        AfterValidator(_status),
        Field(
            description="A status, or one of all, progress, problems, gone, dismissed.",
            examples=["progress"],
            json_schema_extra={"enum": list(STATES)},
        ),
    ] = "all"
    ids: Annotated[
        Omitted[str],
        Field(description=f"Just these: ids separated by commas, {MAX_IDS} at most."),
    ] = None
    cursor: Cursor = None
    limit: Limit = DEFAULT_LIMIT


class AskKnown(Input):
    """Digests of files that are to be sent."""

    sha256: Annotated[
        list[Digest],
        Field(description=f"Hex digests of the files' bytes, {MAX_IDS} at most.", max_length=MAX_IDS),
    ]


class KnownImage(Output):
    """An own image that was made of these bytes."""

    sha256: Annotated[str, Field(description="Of the file as it was uploaded.", examples=[EXAMPLE_DIGEST])]
    image: ImageResource


class KnownImages(Output):
    """One entry for each digest that is known; the others are left out."""

    items: list[KnownImage]


class AcceptedUpload(Output):
    """An upload that is kept, whatever fails from here on."""

    id: Id
    status: State
    status_url: Annotated[
        str,
        Field(
            description="Where to follow it.",
            examples=[f"https://portal.example/api/v1/uploads/{EXAMPLE_ID}"],
            json_schema_extra={"format": "uri"},
        ),
    ]


class Reason(Output):
    """Why an upload is not published."""

    code: Annotated[str, Field(description="Stable, for programs.", examples=["truncated"])]
    message: Annotated[str, Field(description="For people.", examples=["This file ends too early."])]


class TimelineEvent(Output):
    """One step of an upload's way."""

    at: Timestamp
    step: Annotated[str, Field(examples=["validate"])]
    attempt: Annotated[int, Field(description="Which delivery; 0 before the first.", examples=[1])]
    worker: Annotated[str, Field(examples=["celery@worker-1"])]
    ms: Annotated[int, Field(description="Milliseconds that it took.", examples=[48])]
    result: Annotated[str, Field(examples=["ok"])]


def _half_minutes(place: Place | None) -> int | None:
    """So that an answer stays the same, and is not sent again, while nothing else changes."""
    return None if place is None or place.wait_seconds is None else 30 * round(place.wait_seconds / 30)


class UploadResource(Output):
    """A file on its way."""

    id: Id
    status: State
    filename: Annotated[str, Field(examples=["harbour.jpg"])]
    bytes: Annotated[int, Field(examples=[2483112])]
    accepted_at: Timestamp
    attempts: Annotated[int, Field(examples=[1])]
    queue_position: Annotated[
        Omitted[int], Field(description="While it waits: at most so many are ahead.", examples=[4])
    ] = None
    wait_seconds: Annotated[
        Omitted[int],
        Field(
            description="While it waits: about so long until a worker begins, in whole half minutes; left out where "
            "the figures don't tell.",
            examples=[120],
        ),
    ] = None
    reason: Annotated[Omitted[Reason], Field(description="When it was rejected, failed or removed.")] = None
    image: Annotated[Omitted[ImageResource], Field(description="When it is published and not hidden.")] = None
    similar: Annotated[
        Omitted[list[Id]],
        Field(description="Your own images that it looks like, the nearest first; three at most."),
    ] = None
    taken_back_at: Annotated[Omitted[Timestamp], Field(description="When it was taken back, or removed.")] = (
        None
    )
    erased_at: Annotated[
        Omitted[Timestamp], Field(description="When it was erased, and nothing of it was found.")
    ] = None
    events: Annotated[
        Omitted[list[TimelineEvent]], Field(description="Its timeline, when it is asked for alone.")
    ] = None

    @classmethod
    def of(cls, upload: UploadView, events: Sequence[Event] | None = None) -> "UploadResource":
        """What the API tells of an upload; `events` come oldest first, after the acceptance."""
        reason = upload.reason
        return cls(
            id=upload.id,
            status=upload.status,
            filename=upload.filename,
            bytes=upload.bytes,
            accepted_at=upload.accepted_at,
            attempts=upload.attempts,
            queue_position=upload.place.ahead if upload.place else None,
            wait_seconds=_half_minutes(upload.place),
            reason=Reason(code=reason["code"], message=reason["message"]) if reason else None,
            image=ImageResource.of(upload.image) if upload.image and not upload.image.hidden else None,
            similar=upload.similar or None,
            taken_back_at=upload.taken_back_at,
            erased_at=upload.erased_at,
            events=None if events is None else [_accepted(upload), *(_event(event) for event in events)],
        )


def _accepted(upload: UploadView) -> TimelineEvent:
    return TimelineEvent(at=upload.accepted_at, step="accept", attempt=0, worker="web", ms=0, result="ok")


def _event(event: Event) -> TimelineEvent:
    return TimelineEvent(
        at=event.at,
        step=event.step,
        attempt=event.attempt,
        worker=event.worker,
        ms=event.ms,
        result=event.result,
    )


class UploadList(Output):
    """Uploads, newest first."""

    items: list[UploadResource]
    next_cursor: NextCursor

"""Requests and answers about failed uploads and the dead-letter queue."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from shared.domain.failures import Span, advice
from shared.domain.uploads import State, Upload
from shared.operating.acting import Result
from shared.operating.dead_letters import Kind, Look, Moved, Seen
from shared.ports.failures import Failures
from web.http.paging import DEFAULT_LIMIT, Cursor, Limit, NextCursor
from web.http.schema import EXAMPLE_ID, Id, Input, Output, Timestamp
from web.operators.times import parse_moment

MOST_IDS = 200


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str):
        raise ValueError("must be a string")  # noqa: TRY004 - which pydantic tells as a refusal
    return parse_moment(value)


Moment = Annotated[
    datetime | None,
    BeforeValidator(_moment),
    Field(description="A time, UTC where it doesn't say another zone."),
    WithJsonSchema({"type": "string", "examples": ["2026-03-04T05:06:07Z"]}),
]
Reason = Annotated[
    str, Field(description="As a group names it.", examples=["OSError at worker/pipeline.fetch"])
]
Ids = Annotated[
    list[Annotated[str, Field(max_length=100, examples=[EXAMPLE_ID])]],
    Field(max_length=MOST_IDS, description="Of failed uploads; of messages, where these are asked for."),
]
Count = Annotated[int, Field(examples=[3])]


class Within(Input):
    """From when on, and before when."""

    since: Moment = None
    until: Moment = None

    @property
    def span(self) -> Span:
        """The same for the domain."""
        return Span(self.since, self.until)


class ListDeadLetters(Within):
    """What to look at."""

    reason: Annotated[
        str | None,
        Field(
            description="As a group names it; nothing for the groups.",
            examples=["OSError at worker/pipeline.fetch"],
        ),
        WithJsonSchema({"type": "string"}),
    ] = None
    cursor: Cursor = None
    limit: Limit = DEFAULT_LIMIT


class ActOnDeadLetters(Within):
    """Exactly one of `ids`, `reason` and `all`."""

    ids: Ids = []
    reason: Reason | None = None
    all: Annotated[bool, Field(description="Every failed upload, the oldest 1,000 in one call.")] = False


class ActOnMessages(Input):
    """Exactly one of `ids` and `kind`."""

    ids: Ids = []
    kind: Annotated[
        Literal["unrecorded", "unreadable", "settled"] | None,
        Field(description="All of a kind that are found, 100 at most."),
    ] = None


class GroupResource(Output):
    """Uploads that failed for one reason."""

    reason: Reason
    count: Count
    first_at: Timestamp
    last_at: Timestamp
    versions: Annotated[list[str], Field(description="Of the workers, where recorded.", examples=[["0.1.0"]])]
    advice: Annotated[str, Field(examples=["S3 was away or slow."])]

    @classmethod
    def of(cls, group: Failures) -> "GroupResource":
        """What operators are told of it."""
        return cls(
            reason=group.reason,
            count=group.count,
            first_at=group.first_at,
            last_at=group.last_at,
            versions=list(group.versions),
            advice=advice(group.reason),
        )


class FailedUploadResource(Output):
    """One of them."""

    id: Id
    username: Annotated[str, Field(examples=["ana.lima"])]
    filename: Annotated[str, Field(examples=["boat.jpg"])]
    bytes: Annotated[int, Field(examples=[4200000])]
    accepted_at: Timestamp
    message: Annotated[str | None, Field(examples=["OSError at worker/pipeline.fetch: disk full"])]
    worker_version: Annotated[str | None, Field(examples=["0.1.0"])]

    @classmethod
    def of(cls, upload: Upload) -> "FailedUploadResource":
        """What operators are told of it."""
        return cls(
            id=str(upload.id),
            username=upload.username,
            filename=upload.filename,
            bytes=upload.size_bytes,
            accepted_at=upload.accepted_at,
            message=upload.reason_message,
            worker_version=upload.worker_version,
        )


class DeadLetterList(Output):
    """Without a reason the groups, the largest 100; with one its uploads, the oldest first."""

    count: Annotated[
        Count, Field(description="How many uploads are failed, of the reason and time asked for.")
    ]
    groups: list[GroupResource]
    items: list[FailedUploadResource]
    next_cursor: NextCursor


class OutcomeResource(Output):
    """What became of what was asked for: asked = moved + gone + failed."""

    asked: Count
    moved: Annotated[Count, Field(description="Sent again, or discarded.")]
    gone: Annotated[Count, Field(description="Done by somebody else, or not failed any more.")]
    failed: Annotated[Count, Field(description="Not reached, or nothing is staged; they stay as they are.")]
    left: Annotated[
        int | None, Field(description="About how many there are beside; null when unknown.", examples=[0])
    ]
    sentence: Annotated[str, Field(examples=["Asked for 3: 3 sent again, 0 no longer failed."])]

    @classmethod
    def of(cls, result: Result, left: int | None) -> "OutcomeResource":
        """Of failed uploads."""
        return cls(
            asked=result.asked,
            moved=result.done,
            gone=result.not_failed,
            failed=result.not_staged + result.unreached,
            left=left,
            sentence=result.sentence,
        )

    @classmethod
    def of_messages(cls, result: Moved, left: int) -> "OutcomeResource":
        """Of messages; those that were not found are gone, as far as was looked."""
        return cls(
            asked=result.asked,
            moved=result.moved,
            gone=result.gone,
            failed=result.failed,
            left=left,
            sentence=result.sentence,
        )


class MessageResource(Output):
    """A message on the dead-letter queue; ids are null when it names none."""

    id: Annotated[str, Field(examples=["5fea7756-0ea4-451a-a703-a558b933e274"])]
    kind: Kind
    upload_id: Annotated[str | None, Field(examples=[EXAMPLE_ID])]
    upload_status: State | None
    start: Annotated[str, Field(description="The body's first characters.", examples=["{}"])]
    characters: Count
    received: Annotated[Count, Field(description="How often, looks included.")]
    sent_at: Timestamp

    @classmethod
    def of(cls, seen: Seen) -> "MessageResource":
        """What operators are told of it."""
        letter = seen.letter
        return cls(
            id=letter.id,
            kind=seen.kind,
            upload_id=str(letter.upload_id) if letter.upload_id else None,
            upload_status=seen.state,
            start=letter.start,
            characters=letter.characters,
            received=letter.received,
            sent_at=letter.sent_at,
        )


class MessageList(Output):
    """What one look found; SQS lists nothing, and the next look may find others."""

    looked_at: Count
    about: Annotated[Count, Field(description="How many there are, as SQS counts.")]
    items: list[MessageResource]

    @classmethod
    def of(cls, look: Look) -> "MessageList":
        """What operators are told of it."""
        items = [MessageResource.of(seen) for seen in look.seen]
        return cls(looked_at=look.looked_at, about=look.about, items=items)

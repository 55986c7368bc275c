"""Answers about any upload, for operators."""

from typing import Annotated

from pydantic import Field

from shared.domain.uploads import State
from web.http.paging import DEFAULT_LIMIT, Cursor, Limit, NextCursor
from web.http.schema import EXAMPLE_ID, Id, Input, Output, Timestamp

MOST_CHARACTERS = 255
AnyUploadId = Annotated[Id, Field(description="The upload's id.")]
Digest = Annotated[str | None, Field(description="Hex; null where none is recorded.", examples=["5e" * 32])]
Name = Annotated[str, Field(examples=["harbour.jpg"])]
Known = Annotated[State | None, Field(description="Null while nobody can tell.")]


class FindUploads(Input):
    """What is looked for, and where the list goes on."""

    q: Annotated[
        str,
        Field(
            max_length=MOST_CHARACTERS,
            description="Id, reference, `@` and username, owner's id, SHA-256, or how a file name begins.",
            examples=["harbour"],
        ),
    ] = ""
    cursor: Cursor = None
    limit: Limit = DEFAULT_LIMIT


class FoundUpload(Output):
    """One upload. Not `recorded`: no attempt has begun, or the file was refused at once."""

    id: Id
    owner: Annotated[str, Field(description="Its owner's id.", examples=[EXAMPLE_ID])]
    username: Annotated[str, Field(description="Empty where it is not known.", examples=["ana.lima"])]
    filename: Name
    state: State
    recorded: bool
    accepted_at: Timestamp
    size_bytes: Annotated[int, Field(examples=[2483112])]
    sha256: Digest
    attempts: Annotated[int, Field(examples=[1])]
    reason_code: Annotated[str | None, Field(examples=["dead_letter"])]
    reason_message: Annotated[str | None, Field(examples=["OSError at worker/pipeline.fetch: disk full"])]


class FoundUploads(Output):
    """A page of uploads. `unknown`: what could not be asked, a sentence each."""

    items: list[FoundUpload]
    unknown: Annotated[list[str], Field(examples=[[]])]
    next_cursor: NextCursor


class StopResource(Output):
    """A state on its way; `at` is null where the timeline does not tell."""

    state: State
    at: Timestamp | None


class LineResource(Output):
    """A line of the timeline, as recorded and in words. `attempt` 0: no attempt's."""

    at: Timestamp
    step: Annotated[str, Field(examples=["fetch"])]
    attempt: Annotated[int, Field(examples=[1])]
    worker: Annotated[str, Field(examples=["celery@worker-1"])]
    ms: Annotated[int, Field(examples=[42])]
    result: Annotated[str, Field(examples=["ok"])]
    words: Annotated[str, Field(examples=["Fetching from staging. All well."])]


class StoredResource(Output):
    """A key of the upload's. Size and age are null where no object stands."""

    kind: Annotated[str, Field(examples=["Original"])]
    key: Annotated[str, Field(examples=["images/harbour.jpg"])]
    size_bytes: Annotated[int | None, Field(examples=[2483112])]
    age_seconds: Annotated[float | None, Field(examples=[12.0])]
    sha256: Digest
    versions: Annotated[list[str], Field(examples=[["3HL4kqtJlcpXroDTDmJ"]])]
    missing: Annotated[bool, Field(description="It should be there and is not.")]


class MessageResource(Output):
    """What is known of its message: SQS can't be asked for one."""

    sent_at: Timestamp
    why_sent: Annotated[str, Field(examples=["when it was accepted"])]
    receives: Annotated[int | None, Field(description="As recorded.", examples=[1])]
    words: Annotated[str, Field(examples=["It waits on the queue."])]
    looks: Annotated[dict[str, str], Field(examples=[{"task": "worker.ingest"}])]


class TimelineResource(Output):
    """All that is known of one upload; fields of a part that is away are empty or null, and `unknown` says why."""

    id: Id
    owner: Annotated[str | None, Field(examples=[EXAMPLE_ID])] = None
    username: Annotated[str | None, Field(examples=["ana.lima"])] = None
    filename: Name | None = None
    state: Known
    recorded: bool | None = None
    accepted_at: Timestamp | None = None
    size_bytes: Annotated[int | None, Field(examples=[2483112])] = None
    sha256: Digest = None
    attempts: Annotated[int | None, Field(examples=[1])] = None
    reason_code: Annotated[str | None, Field(examples=["dead_letter"])] = None
    reason_message: Annotated[str | None, Field(examples=["OSError at worker/pipeline.fetch: disk full"])] = (
        None
    )
    refused_at_once: bool
    way: list[StopResource]
    events: list[LineResource]
    objects: list[StoredResource]
    manifest: Annotated[str | None, Field(description="As it is stored.", examples=["{}"])]
    message: MessageResource | None
    unknown: Annotated[dict[str, str], Field(examples=[{"objects": "Unknown: S3 can’t be reached."}])]

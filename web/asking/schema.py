"""Requests and answers about asking."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from shared.domain.asks import MAX_ASK_CHARACTERS, Ask
from web.http.paging import DEFAULT_LIMIT, Cursor, Limit, NextCursor
from web.http.problems import Problem
from web.http.schema import Id, Input, Omitted, Output, Timestamp

ImageId = Annotated[Id, Field(description="The image's id.")]
AskId = Annotated[Id, Field(description="The question's id.")]


class Box(StrEnum):
    """Which questions."""

    RECEIVED = "received"
    SENT = "sent"


def _box(text: str) -> str:
    if text not in tuple(Box):
        raise Problem(422, "invalid_parameter", f"`box` is one of {', '.join(Box)}.")
    return text


class AskOwner(Input):
    """The question."""

    text: Annotated[
        str,
        Field(
            description="What you want to use the image for.",
            min_length=1,
            examples=["May I print it on the cover of our choir's programme?"],
            json_schema_extra={"maxLength": MAX_ASK_CHARACTERS},
        ),
    ]


class AnswerAsk(Input):
    """The answer."""

    granted: Annotated[bool, Field(description="Yes or no.")]
    text: Annotated[
        str,
        Field(
            description="In words; may be empty.",
            examples=["Gladly, with my name beside it."],
            json_schema_extra={"maxLength": MAX_ASK_CHARACTERS},
        ),
    ] = ""


class ListAsks(Input):
    """Which questions."""

    box: Annotated[
        str,
        AfterValidator(_box),
        Field(description="Those to you, or yours.", json_schema_extra={"enum": list(Box)}),
    ] = Box.RECEIVED
    cursor: Cursor = None
    limit: Limit = DEFAULT_LIMIT


class AskResource(Output):
    """A question to an owner, and its answer."""

    id: Id
    image_id: Id
    asker: Annotated[str, Field(description="Who asks.", examples=["ben"])]
    owner: Annotated[str, Field(description="Whose image it is.", examples=["ana.lima"])]
    text: Annotated[str, Field(examples=["May I print it on the cover of our choir's programme?"])]
    at: Timestamp
    granted: Annotated[Omitted[bool], Field(description="Once it is answered.")] = None
    answer: Annotated[
        Omitted[str], Field(description="Once it is answered.", examples=["Gladly, with my name beside it."])
    ] = None
    answered_at: Annotated[Omitted[Timestamp], Field(description="Once it is answered.")] = None

    @classmethod
    def of(cls, ask: Ask) -> "AskResource":
        """What the API tells of it."""
        return cls(
            id=str(ask.id),
            image_id=str(ask.image_id),
            asker=ask.asker_name,
            owner=ask.owner_name,
            text=ask.text,
            at=ask.at,
            granted=ask.granted,
            answer=None if ask.granted is None else ask.answer,
            answered_at=ask.answered_at,
        )


class AskList(Output):
    """Questions, newest first."""

    items: list[AskResource]
    next_cursor: NextCursor

"""Requests and answers about the audit."""

from typing import Annotated

from pydantic import Field

from shared.operating.audit import VERBS, Filter, Line, Role
from web.http.paging import DEFAULT_LIMIT, Cursor, Limit, NextCursor
from web.http.schema import Id, Output, Timestamp
from web.operators.dead_letters_schema import Within

Who = Annotated[str, Field(max_length=100, examples=["operator"])]


class ListAudit(Within):
    """Which acts, and where the list goes on."""

    who: Annotated[Who, Field(description="A whole name.")] = ""
    verb: Annotated[
        str,
        Field(pattern=f"^({'|'.join(VERBS)})?$", description="What was done.", examples=["redrive"]),
    ] = ""
    role: Annotated[
        str, Field(pattern=f"^({'|'.join(Role)})?$", description="As what.", examples=["operator"])
    ] = ""
    cursor: Cursor = None
    limit: Limit = DEFAULT_LIMIT

    @property
    def filter(self) -> Filter:
        """The same for the function."""
        return Filter(self.who, self.verb, Role(self.role) if self.role else None, self.span)


class LineResource(Output):
    """An act. `counts` says what became of the `asked`; `ended_at` is null for one that was cut off, or goes on."""

    id: Id
    at: Timestamp
    role: Role
    who: Who
    way: Annotated[str, Field(description="How it was asked for.", examples=["page"])]
    verb: Annotated[str, Field(examples=["redrive"])]
    subject: Annotated[str, Field(examples=["OSError at worker/pipeline.fetch"])]
    asked: Annotated[int, Field(examples=[3])]
    counts: Annotated[dict[str, int], Field(examples=[{"done": 3}])]
    ended_at: Timestamp | None

    @classmethod
    def of(cls, line: Line) -> "LineResource":
        """What is told of it."""
        return cls(
            id=str(line.id),
            at=line.at,
            role=line.role,
            who=line.who,
            way=line.way,
            verb=line.verb,
            subject=line.subject,
            asked=line.asked,
            counts=dict(line.counts),
            ended_at=line.ended_at,
        )


class AuditList(Output):
    """Acts, newest first."""

    items: list[LineResource]
    next_cursor: NextCursor

"""Requests and answers about reports, moderators' acts and notices."""

from typing import Annotated, Literal

from pydantic import Field

from shared.domain.moderation import (
    MAX_ANSWER_CHARACTERS,
    MAX_NOTE_CHARACTERS,
    MAX_REPORT_CHARACTERS,
    NEWEST_REPORTS,
    Act,
    Reason,
    Report,
    Standing,
    Verb,
)
from shared.ports.moderation import Case
from web.http.paging import DEFAULT_LIMIT, Cursor, Limit, NextCursor
from web.http.schema import Id, Input, Omitted, Output, Timestamp
from web.moderation.words import STATE, state_of

ImageId = Annotated[Id, Field(description="The image's id.")]
ActId = Annotated[Id, Field(description="The notice's id.")]
UserName = Annotated[str, Field(examples=["ana.lima"])]
State = Annotated[
    str,
    Field(
        pattern=f"^{STATE}$",
        description="What it is decided on, as the list of reports told it.",
        examples=["0-3"],
    ),
]


class ReportImage(Input):
    """What is wrong with it."""

    reason: Reason
    text: Annotated[
        str,
        Field(
            max_length=MAX_REPORT_CHARACTERS,
            description="In one's own words; needed for `other`.",
            examples=["This is a photograph of mine."],
        ),
    ] = ""


class Reported(Output):
    """What was reported."""

    image_id: Id
    reason: Reason


class ListReports(Input):
    """Where the list goes on."""

    cursor: Cursor = None
    limit: Limit = DEFAULT_LIMIT


class ReportResource(Output):
    """One person's word."""

    username: UserName
    reason: Reason
    text: Annotated[str, Field(examples=["This is a photograph of mine."])]
    at: Timestamp

    @classmethod
    def of(cls, report: Report) -> "ReportResource":
        """What moderators are told of it."""
        return cls(username=report.username, reason=report.reason, text=report.text, at=report.at)


class CaseResource(Output):
    """An image with its open reports."""

    image_id: Id
    owner: UserName
    standing: Standing
    state: State
    caption: Annotated[
        Omitted[str], Field(description="Unless it was taken back.", examples=["The old harbour"])
    ] = None
    counts: Annotated[dict[Reason, int], Field(description="Open reports, by reason.")]
    newest: Annotated[list[ReportResource], Field(description=f"{NEWEST_REPORTS} at most.")]
    first_at: Annotated[Omitted[Timestamp], Field(description="When the first open report was made.")] = None
    last_at: Annotated[Omitted[Timestamp], Field(description="When the last one was made.")] = None

    @classmethod
    def of(cls, case: Case) -> "CaseResource":
        """What moderators are told of it."""
        return cls(
            image_id=str(case.image_id),
            owner=case.owner_name,
            standing=case.standing,
            state=state_of(case.seen),
            caption=case.image.caption if case.image else None,
            counts=dict(case.counts),
            newest=[ReportResource.of(report) for report in case.newest],
            first_at=case.first_at,
            last_at=case.last_at,
        )


class CaseList(Output):
    """Images with open reports; those that wait longest come first."""

    items: list[CaseResource]
    next_cursor: NextCursor


class ActOnImage(Input):
    """Why, and on what that was decided."""

    state: Annotated[
        str,
        Field(
            description="As `GET /reports` gave it: refused when somebody has acted since. Empty: as it is now.",
            examples=["0-1"],
        ),
    ] = ""
    reason: Annotated[Reason | None, Field(description="Needed to hide, remove or warn.")] = None
    note: Annotated[
        str,
        Field(
            max_length=MAX_NOTE_CHARACTERS,
            description="For its owner to read; needed for the reason `other`.",
            examples=["The faces of children can be told."],
        ),
    ] = ""


class ListActs(Input):
    """Which acts. All conditions must hold."""

    verb: Annotated[
        Literal["", "hide", "restore", "remove", "warn", "dismiss", "release", "refuse"],
        Field(description="A verb."),
    ] = ""
    moderator: Annotated[str, Field(description="A moderator's user name.", examples=["ana.lima"])] = ""
    image_id: Annotated[str, Field(description="An image's id.", examples=[""])] = ""
    cursor: Cursor = None
    limit: Limit = DEFAULT_LIMIT


class AnswerResource(Output):
    """What its owner answered."""

    text: Annotated[str, Field(examples=["It is my own boat."])]
    at: Timestamp


class NoticeResource(Output):
    """What a moderator did to an image, as its owner reads it."""

    id: Id
    image_id: Id
    at: Timestamp
    verb: Verb
    reason: Annotated[Omitted[Reason], Field(description="Why.")] = None
    note: Annotated[str, Field(examples=["The faces of children can be told."])]
    answer: Annotated[Omitted[AnswerResource], Field(description="The owner's.")] = None

    @classmethod
    def of(cls, act: Act) -> "NoticeResource":
        """What its owner is told of it: no names."""
        return cls(
            id=str(act.id),
            image_id=str(act.image_id),
            at=act.at,
            verb=act.verb,
            reason=act.reason,
            note=act.note,
            answer=AnswerResource(text=act.answer.text, at=act.answer.at) if act.answer else None,
        )


class ActResource(NoticeResource):
    """A line of the audit."""

    moderator: UserName
    owner: UserName
    number: Annotated[int, Field(description="Counts the image's acts, from 1.", examples=[1])]
    was: Annotated[Standing, Field(description="How the image stood before.")]
    closed: Annotated[dict[Reason, int], Field(description="Open reports that it answered, by reason.")]

    @classmethod
    def of(cls, act: Act) -> "ActResource":
        """All that is recorded."""
        return cls(
            **dict(NoticeResource.of(act)),
            moderator=act.username,
            owner=act.owner_name,
            number=act.number,
            was=act.was,
            closed=dict(act.closed),
        )


class ActList(Output):
    """Acts, newest first."""

    items: list[ActResource]
    next_cursor: NextCursor


class NoticeList(Output):
    """Notices, newest first."""

    items: list[NoticeResource]
    next_cursor: NextCursor


class AnswerNotice(Input):
    """What its owner says to it."""

    text: Annotated[
        str, Field(min_length=1, max_length=MAX_ANSWER_CHARACTERS, examples=["It is my own boat."])
    ]

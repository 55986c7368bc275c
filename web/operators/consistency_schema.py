"""Requests and answers about comparing S3 and MySQL."""

from typing import Annotated

from pydantic import AfterValidator, Field

from shared.domain.consistency import Check, Fault, Finding, FindingState, Phase, RepairAct
from web.http.paging import DEFAULT_LIMIT, Cursor, Limit, NextCursor
from web.http.problems import Problem
from web.http.schema import EXAMPLE_ID, Id, Input, Output, Timestamp
from web.operators.consistency import Group
from web.operators.schema import Count

MAX_IDS = 200
ActId = Annotated[Id, Field(description="The act’s id.")]


def _fault(text: str) -> str:
    if text and text not in tuple(Fault):
        raise Problem(422, "invalid_parameter", f"`fault` is one of {', '.join(Fault)}.")
    return text


class BeginCheck(Input):
    """How much is read."""

    full_hash: Annotated[
        bool, Field(description="Read every original and compare its digest, not a sample.", examples=[False])
    ] = False


class ListFindings(Input):
    """Which findings of the last check."""

    fault: Annotated[
        str,
        AfterValidator(_fault),
        Field(description="Of one fault; nothing for all.", json_schema_extra={"enum": ["", *Fault]}),
    ] = ""
    cursor: Cursor = None
    limit: Limit = DEFAULT_LIMIT


class AskForRepair(Input):
    """What is to be repaired."""

    ids: Annotated[
        list[Id], Field(description="Findings.", min_length=1, json_schema_extra={"maxItems": MAX_IDS})
    ]


class CheckResource(Output):
    """A comparison; `looked` counts what it has looked at."""

    id: Id
    full_hash: bool
    asked_by: Annotated[str | None, Field(description="Null when the clock began it.", examples=["ann"])]
    begun_at: Timestamp
    ended_at: Annotated[Timestamp | None, Field(description="Null while it is running.")]
    phase: Annotated[Phase, Field(examples=["published"])]
    looked: Annotated[dict[str, int], Field(examples=[{"records": 1200, "objects": 4800}])]

    @classmethod
    def of(cls, check: Check) -> "CheckResource":
        """What the API tells of it."""
        return cls(
            id=str(check.id),
            full_hash=check.full_hash,
            asked_by=check.asked_by,
            begun_at=check.begun_at,
            ended_at=check.ended_at,
            phase=check.phase,
            looked=dict(check.looked),
        )


class FaultResource(Output):
    """What a check found of one fault."""

    fault: Annotated[Fault, Field(examples=["missing"])]
    meaning: Annotated[str, Field(examples=["A record names an object that isn’t stored."])]
    found: Count
    to_repair: Count
    waiting: Annotated[int, Field(description="Asked for, and not done yet.", examples=[0])]
    beyond: Annotated[int, Field(description="Counted, and not kept.", examples=[0])]

    @classmethod
    def of(cls, group: Group) -> "FaultResource":
        """What the API tells of it."""
        return cls(
            fault=group.fault,
            meaning=group.words.meaning,
            found=group.found,
            to_repair=group.to_repair,
            waiting=group.asked,
            beyond=group.beyond,
        )


class ConsistencyResource(Output):
    """The check that is running, the last complete one, and what that found."""

    running: Annotated[CheckResource | None, Field(description="Null when none is running.")]
    last: Annotated[CheckResource | None, Field(description="Null before the first has ended.")]
    faults: Annotated[list[FaultResource], Field(description="Empty when both sides agree.")]


class FindingResource(Output):
    """Something that is not as it should be."""

    id: Id
    fault: Annotated[Fault, Field(examples=["missing"])]
    subject: Annotated[str, Field(description="A key, or a folder of staging.", examples=["images/boat.jpg"])]
    detail: Annotated[str, Field(examples=["the original isn’t stored"])]
    upload_id: Annotated[
        str | None, Field(description="Null when the key tells none.", examples=[EXAMPLE_ID])
    ]
    seen_at: Timestamp
    state: Annotated[FindingState, Field(examples=["open"])]
    told: Annotated[str, Field(description="What its last repair said.", examples=["It is in quarantine."])]

    @classmethod
    def of(cls, finding: Finding) -> "FindingResource":
        """What the API tells of it."""
        suspect = finding.suspect
        return cls(
            id=str(finding.id),
            fault=suspect.fault,
            subject=suspect.subject,
            detail=suspect.detail,
            upload_id=str(suspect.upload_id) if suspect.upload_id else None,
            seen_at=finding.seen_at,
            state=finding.state,
            told=finding.told,
        )


class FindingList(Output):
    """Findings of the last check, in the order in which they were seen."""

    items: list[FindingResource]
    next_cursor: NextCursor


class RepairResource(Output):
    """What came of an act: the other counts add up to `asked`."""

    id: Id
    asked: Count
    repaired: Count
    gone: Annotated[int, Field(description="In order meanwhile, or asked for before.", examples=[0])]
    failed: Count
    waiting: Annotated[int, Field(description="A worker comes within a minute.", examples=[0])]

    @classmethod
    def of(cls, act: RepairAct) -> "RepairResource":
        """What the API tells of it."""
        return cls(
            id=str(act.act),
            asked=act.asked,
            repaired=act.repaired,
            gone=act.gone,
            failed=act.failed,
            waiting=act.waiting,
        )

"""Receiving over the API: read whether it is paused, pause it, let it go on."""

from typing import Annotated

from pydantic import Field

from shared.domain.operator_acts import Operator, Way
from shared.domain.receiving import EVERY_WORKER, MAX_WHY_CHARACTERS, UNTOUCHED, Outcome, Wish
from shared.operating.receiving import Told, WhyFault, pause, resume
from shared.ports.sessions import Viewer
from web.http.api import Access, Answer, Routes
from web.http.parts import parts
from web.http.problems import Problem
from web.http.schema import Input, Omitted, Output, Timestamp
from web.views.paused import forget

routes = Routes()
UNSAID = "No reason was given."
Why = Annotated[str, Field(max_length=MAX_WHY_CHARACTERS, examples=["The disks are exchanged."])]


class ReceivingResource(Output):
    """Whether workers receive, and who wanted it last."""

    paused: Annotated[bool, Field(examples=[True])]
    by: Annotated[Omitted[str], Field(examples=["olga"])] = None
    why: Omitted[Why] = None
    since: Omitted[Timestamp] = None
    version: Annotated[int, Field(description="Counts the changes.", examples=[2])]

    @classmethod
    def of(cls, wish: Wish | None) -> "ReceivingResource":
        """What the API tells of it."""
        if wish is None:
            return cls(paused=False, version=UNTOUCHED)
        return cls(
            paused=wish.stopped,
            by=wish.by.name,
            why=wish.why or None,
            since=wish.since,
            version=wish.version,
        )


Version = Annotated[
    int | None, Field(ge=1, le=10**9, description="The one that was seen; without it, whichever stands.")
]


class PauseReceiving(Input):
    """Why, for those who read it."""

    why: Annotated[str, Field(min_length=1, max_length=MAX_WHY_CHARACTERS)] = UNSAID
    version: Version = None


class ResumeReceiving(Input):
    """What was seen."""

    version: Version = None


@routes.add(
    "GET",
    "/queue/receiving",
    access=Access.OPERATOR,
    answer=Answer(200, "Whether workers receive.", ReceivingResource),
)
def get_receiving() -> ReceivingResource:
    """Whether workers receive, or are paused."""
    return ReceivingResource.of(parts().receiving.wishes().get(EVERY_WORKER))


@routes.add(
    "POST",
    "/queue/pause",
    access=Access.OPERATOR,
    answer=Answer(204, "Receiving is paused."),
    problems=("missing_field", "receiving_changed"),
)
def pause_receiving(viewer: Viewer, body: PauseReceiving | None) -> str:
    """Pause receiving.

    Workers finish what they have and ask the queue for nothing more; uploads are still accepted, and wait. A pause that
    stands already is left as it is. No body is needed.
    """
    asked = body or PauseReceiving()
    try:
        return _done(pause(parts(), Operator(viewer.username, Way.API), asked.why, _seen(asked.version)))
    except WhyFault as fault:
        raise Problem(422, "missing_field", str(fault)) from None


@routes.add(
    "POST",
    "/queue/resume",
    access=Access.OPERATOR,
    answer=Answer(204, "Workers receive."),
    problems=("receiving_changed",),
)
def resume_receiving(viewer: Viewer, body: ResumeReceiving | None) -> str:
    """Let workers receive again.

    No body is needed.
    """
    asked = body or ResumeReceiving()
    return _done(resume(parts(), Operator(viewer.username, Way.API), _seen(asked.version)))


def _seen(version: int | None) -> frozenset[int] | None:
    return None if version is None else frozenset({version})


def _done(told: Told) -> str:
    forget()
    if told.outcome is Outcome.CHANGED:
        raise Problem(409, "receiving_changed", told.sentence)
    return ""

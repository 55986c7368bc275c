"""Receiving over the API: read whether it is paused, pause it, let it go on."""

from typing import Annotated

from pydantic import Field

from shared.domain.operator_acts import Operator, Way
from shared.domain.receiving import EVERY_WORKER, MAX_WHY_CHARACTERS, UNTOUCHED, Outcome, Wish
from shared.operating.receiving import WhyFault, pause, resume
from shared.ports.sessions import Viewer
from web.http.api import Access, Answer, Routes
from web.http.parts import parts
from web.http.problems import Problem
from web.http.schema import Input, Omitted, Output, Timestamp
from web.views.paused import forget

routes = Routes()
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


class SetReceiving(Input):
    """What is wanted; a pause says why."""

    paused: bool
    why: Why = ""
    version: Annotated[
        int | None, Field(ge=1, le=10**9, description="The one that was seen; without it, whichever stands.")
    ] = None


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
    "PUT",
    "/queue/receiving",
    access=Access.OPERATOR,
    answer=Answer(200, "What stands now.", ReceivingResource),
    problems=("missing_field", "receiving_changed"),
)
def put_receiving(viewer: Viewer, body: SetReceiving) -> ReceivingResource:
    """Pause receiving, or let it go on.

    Paused workers finish what they have and ask the queue for nothing more; uploads are still accepted, and wait.
    What is so already is left as it is, with who was first.
    """
    by = Operator(viewer.username, Way.API)
    seen = None if body.version is None else frozenset({body.version})
    try:
        told = pause(parts(), by, body.why, seen) if body.paused else resume(parts(), by, seen)
    except WhyFault as fault:
        raise Problem(422, "missing_field", str(fault)) from None
    forget()
    if told.outcome is Outcome.CHANGED:
        raise Problem(409, "receiving_changed", told.sentence)
    return ReceivingResource.of(told.wish)

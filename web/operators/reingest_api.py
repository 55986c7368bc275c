"""Renditions made anew, over the API."""

from typing import Annotated, Literal

from pydantic import Field

from shared.domain.ids import new_upload_id
from shared.domain.operator_acts import Operator, Verb, Way
from shared.domain.reingest import Run, Standing
from shared.operating.reingest import STANDS, WhichFault, act, row_of, start, which_of
from shared.ports.sessions import Viewer
from web.http.api import Access, Answer, Routes
from web.http.paging import DEFAULT_LIMIT, Cursor, Limit, NextCursor
from web.http.parts import parts
from web.http.problems import Problem, not_found
from web.http.schema import Id, Input, Omitted, Output, Timestamp
from web.operators.reingest import run_of

routes = Routes()
Count = Annotated[int, Field(examples=[3])]
Moment = Annotated[str, Field(max_length=40, description="A day or a moment, UTC.", examples=["2026-03-31"])]
RunId = Annotated[Id, Field(description="The run's id.")]
VERBS = {standing: verb for verb, standing in STANDS.items()}


class RunResource(Output):
    """A run. `made`, `unchanged`, `gone`, `failed` and `waiting` add up to `asked`; of a cancelled run `waiting` counts
    those that were left as they were."""

    id: Id
    standing: Standing
    images: Annotated[str, Field(description="Which are meant, in words.", examples=["Every image by ann"])]
    by: Annotated[str, Field(examples=["olga"])]
    started_at: Timestamp
    ended_at: Omitted[Timestamp] = None
    asked: Count
    made: Count
    unchanged: Count
    gone: Count
    failed: Count
    waiting: Count

    @classmethod
    def of(cls, run: Run) -> "RunResource":
        """What the API tells of it."""
        return cls.model_validate(row_of(run))


class RunsResource(Output):
    """Runs, newest first."""

    items: list[RunResource]
    next_cursor: NextCursor


class FailureResource(Output):
    """An image whose renditions stayed as they were."""

    image_id: Id
    filename: Annotated[str, Field(description="Empty when it is gone by now.", examples=["boat.jpg"])]
    reason: Annotated[str, Field(examples=["Its original is missing."])]
    at: Timestamp


class FailuresResource(Output):
    """What failed in a run, the newest image first."""

    items: list[FailureResource]
    next_cursor: NextCursor


class ListRuns(Input):
    """Where a list goes on."""

    cursor: Cursor = None
    limit: Limit = DEFAULT_LIMIT


class StartRun(Input):
    """Published images by conditions that hold at once; without one, every image."""

    image: Annotated[str, Field(max_length=36, description="One image's id.")] = ""
    username: Annotated[str, Field(max_length=100, examples=["ann"])] = ""
    since: Annotated[Moment, Field(description="Uploaded from then on.")] = ""
    before: Annotated[Moment, Field(description="Uploaded before.")] = ""
    made_before: Annotated[Moment, Field(description="With renditions made before.")] = ""
    older_than: Annotated[int, Field(ge=0, le=65535, description="With an older recipe; 0 for any.")] = 0


class ChangeRun(Input):
    """Where the run is to be."""

    standing: Annotated[
        Literal[Standing.RUNNING, Standing.PAUSED, Standing.CANCELLED], Field(examples=[Standing.PAUSED])
    ]


@routes.add(
    "GET",
    "/operations/reingest",
    access=Access.OPERATOR,
    answer=Answer(200, "Runs, newest first.", RunsResource),
    problems=("invalid_cursor", "invalid_limit"),
)
def list_runs(query: ListRuns) -> RunsResource:
    """Runs that make renditions anew, with their counts."""
    found = parts().reingest.runs(query.cursor, query.limit + 1)
    shown = found[: query.limit]
    more = str(shown[-1].id) if len(found) > query.limit else None
    return RunsResource(items=[RunResource.of(run) for run in shown], next_cursor=more)


@routes.add(
    "POST",
    "/operations/reingest",
    access=Access.OPERATOR,
    answer=Answer(202, "The run.", RunResource),
    problems=("not_found", "invalid_field"),
)
def start_run(viewer: Viewer, body: StartRun) -> RunResource:
    """Make renditions anew, as a backlog that no upload waits for.

    A run that is under way for the same images is answered instead of a second one. 404 where no image is meant.
    """
    asked = {name: str(value) for name, value in body.model_dump().items() if value}
    try:
        told = start(parts(), Operator(viewer.username, Way.API), which_of(asked), new_upload_id())
    except WhichFault as fault:
        raise Problem(422, "invalid_field", str(fault)) from None
    if told.run is None:
        raise not_found("An image that is meant")
    return RunResource.of(told.run)


@routes.add(
    "GET",
    "/operations/reingest/<run_id>",
    access=Access.OPERATOR,
    answer=Answer(200, "The run.", RunResource),
    problems=("not_found",),
)
def get_run(run_id: RunId) -> RunResource:
    """One run with its counts."""
    return RunResource.of(run_of(run_id))


@routes.add(
    "PATCH",
    "/operations/reingest/<run_id>",
    access=Access.OPERATOR,
    answer=Answer(200, "The run as it is now.", RunResource),
    problems=("not_found",),
)
def change_run(viewer: Viewer, run_id: RunId, body: ChangeRun) -> RunResource:
    """Pause, resume or cancel a run.

    What is being made at that moment is finished. A run that is over stays as it is: look at `standing`.
    """
    told = act(parts(), Operator(viewer.username, Way.API), run_of(run_id).id, Verb(VERBS[body.standing]))
    if told.run is None:
        raise not_found("This run")
    return RunResource.of(told.run)


@routes.add(
    "GET",
    "/operations/reingest/<run_id>/failures",
    access=Access.OPERATOR,
    answer=Answer(200, "What failed, the newest image first.", FailuresResource),
    problems=("not_found", "invalid_cursor", "invalid_limit"),
)
def list_failures(run_id: RunId, query: ListRuns) -> FailuresResource:
    """Images whose renditions could not be made anew, with reasons. They are shown as before."""
    found = parts().reingest.failures(run_of(run_id).id, query.cursor, query.limit + 1)
    shown = found[: query.limit]
    more = str(shown[-1].image_id) if len(found) > query.limit else None
    items = [
        FailureResource(image_id=str(f.image_id), filename=f.filename, reason=f.reason, at=f.at)
        for f in shown
    ]
    return FailuresResource(items=items, next_cursor=more)

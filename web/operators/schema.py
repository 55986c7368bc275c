"""Answers about the queue and its workers."""

from typing import Annotated

from pydantic import Field

from shared.operating.figures import QueueView
from shared.operating.workers import CurrentWork, Sign, WorkerView
from web.http.schema import Id, Output, Timestamp
from web.operators.trends_schema import ForecastResource

Seconds = Annotated[float, Field(description="Seconds.", examples=[1.5])]
Count = Annotated[int, Field(examples=[3])]
UnknownCount = Annotated[int | None, Field(description="Null while the queue can't be asked.", examples=[3])]


class CurrentWorkResource(Output):
    """What a worker is at."""

    upload_id: Id
    step: Annotated[
        str | None,
        Field(description="Null until the worker's next heartbeat tells it.", examples=["validate"]),
    ]
    seconds: Annotated[float, Field(description="Seconds since the attempt began.", examples=[1.5])]
    step_seconds: Annotated[float | None, Field(description="Seconds since the step began.", examples=[1.2])]

    @classmethod
    def of(cls, at: CurrentWork) -> "CurrentWorkResource":
        """What the API tells of it."""
        return cls(
            upload_id=str(at.upload_id), step=at.step, seconds=at.seconds, step_seconds=at.step_seconds
        )


class WorkerResource(Output):
    """A worker; `stale` when its heartbeat or its polls are overdue."""

    name: Annotated[str, Field(examples=["celery@worker-1"])]
    host: Annotated[str, Field(examples=["worker-1"])]
    version: Annotated[str, Field(examples=["0.1.0"])]
    last_heartbeat_at: Timestamp
    age_seconds: Seconds
    last_poll_age_seconds: Annotated[float | None, Field(description="Seconds.", examples=[0.4])]
    current: Annotated[
        CurrentWorkResource | None, Field(description="The oldest in `at_work`, null without.")
    ]
    at_work: Annotated[list[CurrentWorkResource], Field(description="One for each busy process.")]
    done_today: Count
    failed_today: Count
    sign: Annotated[Sign, Field(description="What its heartbeat and polls say.", examples=["well"])]
    stale: bool

    @classmethod
    def of(cls, worker: WorkerView) -> "WorkerResource":
        """What the API tells of a worker."""
        at_work = [CurrentWorkResource.of(at) for at in worker.at_work]
        return cls(
            name=worker.name,
            host=worker.host,
            version=worker.version,
            last_heartbeat_at=worker.last_heartbeat_at,
            age_seconds=worker.age_seconds,
            last_poll_age_seconds=worker.last_poll_age_seconds,
            current=at_work[0] if at_work else None,
            at_work=at_work,
            done_today=worker.done_today,
            failed_today=worker.failed_today,
            sign=worker.sign,
            stale=worker.stale,
        )


class QueueResource(Output):
    """Figures of the queue."""

    visible: UnknownCount
    in_flight: UnknownCount
    delayed: UnknownCount
    dead_letters: UnknownCount
    oldest_age_seconds: Annotated[
        float | None, Field(description="Seconds; null where nothing waits.", examples=[12.5])
    ]
    published_per_minute: Count
    problems_today: Count
    held: Annotated[int, Field(description="Uploads that wait for a moderator.", examples=[0])]
    failed: Annotated[int, Field(description="Failed uploads that wait for an operator.", examples=[0])]
    stalled: Annotated[bool, Field(description="Something waits, and no worker works.", examples=[False])]
    paused: Annotated[
        bool, Field(description="Receiving is paused: what waits doesn't clear.", examples=[False])
    ]
    last_published_at: Annotated[Timestamp | None, Field(description="Null before the first.")]
    workers: list[WorkerResource]
    forecast: ForecastResource
    error: Annotated[str | None, Field(description="Why the queue can't be asked.", examples=[None])]

    @classmethod
    def of(cls, queue: QueueView) -> "QueueResource":
        """What the API tells of the queue."""
        return cls(
            visible=queue.visible,
            in_flight=queue.in_flight,
            delayed=queue.delayed,
            dead_letters=queue.dead_letters,
            oldest_age_seconds=queue.oldest_age_seconds,
            published_per_minute=queue.published_per_minute,
            problems_today=queue.problems_today,
            held=queue.held,
            failed=queue.failed,
            stalled=queue.stalled,
            paused=queue.pause is not None,
            last_published_at=queue.last_published_at,
            workers=[WorkerResource.of(worker) for worker in queue.workers],
            forecast=ForecastResource.of(queue.forecast),
            error=queue.error,
        )

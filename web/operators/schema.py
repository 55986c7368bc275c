"""Answers about the queue and its workers."""

from typing import Annotated

from pydantic import Field

from web.http.schema import Id, Output, Timestamp
from web.operators.figures import QueueView, WorkerView

Seconds = Annotated[float, Field(description="Seconds.", examples=[1.5])]
Count = Annotated[int, Field(examples=[3])]
UnknownCount = Annotated[int | None, Field(description="Null while the queue can't be asked.", examples=[3])]


class CurrentWorkResource(Output):
    """What a worker is at."""

    upload_id: Id
    step: Annotated[str, Field(examples=["validate"])]
    seconds: Seconds


class WorkerResource(Output):
    """A worker; `stale` when its sign of life is overdue."""

    name: Annotated[str, Field(examples=["celery@worker-1"])]
    host: Annotated[str, Field(examples=["worker-1"])]
    version: Annotated[str, Field(examples=["0.1.0"])]
    last_heartbeat_at: Timestamp
    age_seconds: Seconds
    last_poll_age_seconds: Annotated[float | None, Field(description="Seconds.", examples=[0.4])]
    current: Annotated[CurrentWorkResource | None, Field(description="Null while it waits for work.")]
    done_today: Count
    failed_today: Count
    stale: bool

    @classmethod
    def of(cls, worker: WorkerView) -> "WorkerResource":
        """What the API tells of a worker."""
        at = worker.current
        return cls(
            name=worker.name,
            host=worker.host,
            version=worker.version,
            last_heartbeat_at=worker.last_heartbeat_at,
            age_seconds=worker.age_seconds,
            last_poll_age_seconds=worker.last_poll_age_seconds,
            current=CurrentWorkResource(upload_id=str(at.upload_id), step=at.step, seconds=at.seconds)
            if at
            else None,
            done_today=worker.done_today,
            failed_today=worker.failed_today,
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
    last_published_at: Annotated[Timestamp | None, Field(description="Null before the first.")]
    workers: list[WorkerResource]
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
            last_published_at=queue.last_published_at,
            workers=[WorkerResource.of(worker) for worker in queue.workers],
            error=queue.error,
        )

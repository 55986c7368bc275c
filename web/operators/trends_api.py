"""Where the queue goes, for programs."""

from datetime import UTC, datetime

from shared.domain.samples import Span
from shared.operating.forecasting import outlook
from shared.operating.workers import WorkerView
from web.http.api import Access, Answer, Routes
from web.http.parts import parts
from web.operators.trends_schema import AskTrends, ForecastResource, PointResource, Trends

routes = Routes()


@routes.add(
    "GET",
    "/queue/trends",
    access=Access.OPERATOR,
    answer=Answer(200, "Depth, arrivals and completions over time.", Trends),
)
def get_queue_trends(query: AskTrends) -> Trends:
    """The queue over time.

    Samples are taken every minute; over a day and a week several of them are one point.
    """
    span = Span(query.span)
    recent = parts().samples.recent()
    return Trends(
        span=span,
        step_seconds=int(span.step.total_seconds()),
        last_sample_age_seconds=recent[-1].age_seconds if recent else None,
        points=[PointResource.of(point) for point in parts().samples.points(span)],
    )


@routes.add(
    "GET",
    "/queue/forecast",
    access=Access.OPERATOR,
    answer=Answer(200, "Where it goes, with the rates that say so.", ForecastResource),
)
def get_queue_forecast() -> ForecastResource:
    """Will the queue clear?

    An empty queue clears in no time. `unknown` says in its sentence what is missing.
    """
    return ForecastResource.of(outlook(parts()))


@routes.add(
    "GET",
    "/queue/backlog-per-worker",
    access=Access.SCRAPER,
    answer=Answer(200, "A number."),
)
def get_backlog_per_worker() -> str:
    """How much waits or is in flight for each worker alive: for autoscalers.

    Without a worker the backlog is one's. 503 while the queue or the workers can't be counted, never a number that is
    made up.
    """
    depth, now = parts().queue.depth(), datetime.now(UTC)
    alive = sum(not WorkerView.of(worker, now).stale for worker in parts().operations.workers(now))
    return str(round((depth.visible + depth.in_flight) / max(1, alive), 2))

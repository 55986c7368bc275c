"""Figures for Prometheus, and one structured log line for each request."""

import time
from collections.abc import Iterator

import structlog
from flask import Blueprint, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from shared.counting import exposition, may_scrape
from shared.operating.figures import QueueView, queue_view
from shared.ports.unavailable import Unavailable
from web.http.counters import REQUESTS, SECONDS
from web.http.guards import open_to_all
from web.http.parts import parts
from web.http.problems import Problem

bp = Blueprint("metrics", __name__)
log = structlog.get_logger("web.request")

GAUGES = {
    "portal_queue_visible": "Messages that wait for a worker.",
    "portal_queue_in_flight": "Messages that a worker holds.",
    "portal_queue_delayed": "Messages that SQS holds back.",
    "portal_dead_letters": "Messages on the dead-letter queue.",
    "portal_queue_oldest_age_seconds": "Age of the oldest waiting upload; 0 when none waits.",
    "portal_published_per_minute": "Images published within the last minute.",
    "portal_problems_last_day": "Uploads rejected or failed within the last 24 hours.",
    "portal_held": "Uploads that wait for a moderator.",
    "portal_failed": "Uploads that failed and wait for an operator.",
    "portal_stalled": "1 when something waits and no worker is working, else 0.",
    "portal_receiving_paused": "1 while an operator has paused receiving, else 0.",
    "portal_workers_alive": "Workers whose heartbeat and last poll are recent.",
    "portal_queue_clears_seconds": "Forecast time until nothing waits; left out unless the queue clears.",
}


@bp.before_app_request
def _start() -> None:
    g.began = time.perf_counter()


@bp.after_app_request
def _observe(response: Response) -> Response:
    endpoint = request.endpoint or "none"
    seconds = time.perf_counter() - g.get("began", time.perf_counter())
    REQUESTS.labels(endpoint, response.status_code).inc()
    SECONDS.labels(endpoint).observe(seconds)
    if endpoint not in ("static", "health.check_status"):
        log.info(
            "request",
            method=request.method,
            path=_logged(request.path),
            endpoint=endpoint,
            status=response.status_code,
            owner=str(viewer.owner) if (viewer := g.get("viewer")) else None,
            ms=round(seconds * 1000, 1),
        )
    return response


def _logged(path: str) -> str:
    """Of a link that opens without a session nothing but that it is one: its address is all that it takes."""
    return next((f"{start}…" for start in ("/s/", "/original/") if path.startswith(start)), path)


class LiveCollector(Collector):
    """Gauges that are asked for at the moment of the scrape."""

    def collect(self) -> Iterator[Metric]:
        """The gauges that can be known now; a part that is away leaves its gauges out rather than stale."""
        try:
            view = queue_view(parts())
        except Unavailable as error:
            log.warning("gauges can't be read", error=str(error))
            return
        for name, value in _values(view).items():
            if value is not None:
                yield GaugeMetricFamily(name, GAUGES[name], value=value)


def _values(view: QueueView) -> dict[str, float | None]:
    unknown = view.visible is None
    values = (
        view.visible,
        view.in_flight,
        view.delayed,
        view.dead_letters,
        None if unknown else view.oldest_age_seconds or 0,
        view.published_per_minute,
        view.problems_today,
        view.held,
        view.failed,
        None if unknown else view.stalled,
        view.pause is not None,
        sum(not w.stale for w in view.workers),
        view.forecast.seconds,
    )
    return dict(zip(GAUGES, values, strict=True))


@bp.get("/metrics")
@open_to_all
def metrics() -> Response:
    """Prometheus text. With METRICS_TOKEN set, for its bearer; without, for callers on this machine alone."""
    token = parts().settings.metrics_token
    if not may_scrape(
        token.get_secret_value() if token else None,
        request.headers.get("Authorization", ""),
        request.remote_addr,
        request.headers.get("X-Forwarded-For"),
    ):
        raise Problem(
            403, "metrics_closed", "Metrics are for this machine, or for the bearer of METRICS_TOKEN."
        )
    live = CollectorRegistry()
    live.register(LiveCollector())
    return Response(exposition() + generate_latest(live), mimetype=CONTENT_TYPE_LATEST)

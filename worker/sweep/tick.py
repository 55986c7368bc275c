"""The worker tier's small web application: Beanstalk's daemon sqsd posts the tasks of cron.yaml to it.

A tick is the sweep's clock and, by its status, the instance's true health: Beanstalk counts 5xx answers, and of a
Celery worker it would otherwise know nothing.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import structlog
from flask import Flask, Response, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from shared import counting
from shared.domain.delivery import STALE_AFTER_SECONDS
from shared.ports.unavailable import Unavailable
from worker.sweep.sweep import SweepReport

log = structlog.get_logger(__name__)
GAUGES = {
    "portal_worker_silent_seconds": "Time since this instance's worker last showed that SQS answers it."
}


class _Silence(Collector):
    """The gauge that is asked for at the moment of the scrape."""

    def __init__(self, silence_seconds: Callable[[], float]) -> None:
        self._silence_seconds = silence_seconds

    def collect(self) -> Iterator[Metric]:
        for name, text in GAUGES.items():
            yield GaugeMetricFamily(name, text, value=self._silence_seconds())


def create_app(
    run_sweep: Callable[[], SweepReport],
    silence_seconds: Callable[[], float],
    *,
    metrics_token: str | None = None,
) -> Flask:
    """The application over a sweep and over how long this instance's worker has been silent."""
    app = Flask("worker.sweep.tick", static_folder=None)
    sweeping = threading.Lock()

    @app.get("/check-status")
    def check_status() -> Response:
        """This process answers."""
        return Response("ok\n", mimetype="text/plain")

    @app.post("/tick/sweep")
    def sweep() -> Any:
        """Sweep. 200 with the report, or busy while one is running; 503 when the worker is silent or a part of
        the world is away; 403 for everyone but this machine's sqsd."""
        if not _from_sqsd():
            return jsonify(fault="Only this machine's sqsd may tick."), 403
        if not sweeping.acquire(blocking=False):
            # sqsd gives up on a long sweep and ticks again: the next one must not queue up behind it.
            return jsonify(busy=True)
        try:
            return _answer(run_sweep(), silence_seconds())
        except Unavailable as error:
            log.warning("the sweep could not finish; the next one goes on", error=str(error))
            return jsonify(fault="A part of the world is away.", error=str(error)), 503
        finally:
            sweeping.release()

    @app.get("/metrics")
    def metrics() -> Any:
        """What this instance's worker processes counted, as Prometheus text; 403 as the web tier's."""
        if not counting.may_scrape(
            metrics_token,
            request.headers.get("Authorization", ""),
            request.remote_addr,
            request.headers.get("X-Forwarded-For"),
        ):
            return jsonify(fault="Metrics are for this machine, or for the bearer of METRICS_TOKEN."), 403
        live = CollectorRegistry()
        live.register(_Silence(silence_seconds))
        return Response(counting.exposition() + generate_latest(live), mimetype=CONTENT_TYPE_LATEST)

    return app


def _answer(report: SweepReport, silence: float) -> Any:
    """What the sweep did, with the worker's health as status. It ran all the same: it needs no Celery, and other
    instances' workers take what it enqueued."""
    body: dict[str, Any] = {"sweep": asdict(report), "worker_silent_seconds": round(silence, 1)}
    if silence <= STALE_AFTER_SECONDS:
        return jsonify(body)
    log.error("the worker on this instance gives no sign of life", silent_seconds=round(silence))
    return jsonify(body | {"fault": "The worker on this instance gives no sign of life."}), 503


def _from_sqsd() -> bool:
    """nginx tells in X-Real-IP who connected to it, whatever the client sent; sqsd names the task."""
    return (
        request.remote_addr in counting.LOOPBACK
        and request.headers.get("X-Real-IP") in counting.LOOPBACK
        and bool(request.headers.get("X-Aws-Sqsd-Taskname"))
    )

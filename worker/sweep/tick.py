"""The worker tier's small web application: Beanstalk's daemon sqsd posts the tasks of cron.yaml to it.

A tick is the sweep's clock and, by its status, the instance's true health: Beanstalk counts 5xx answers, and of a
Celery worker it would otherwise know nothing.
"""

import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import structlog
from flask import Flask, Response, jsonify, request

from shared.domain.delivery import STALE_AFTER_SECONDS
from shared.ports.unavailable import Unavailable
from worker.sweep.sweep import SweepReport

log = structlog.get_logger(__name__)
LOOPBACK = ("127.0.0.1", "::1")


def create_app(run_sweep: Callable[[], SweepReport], silence_seconds: Callable[[], float]) -> Flask:
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
        request.remote_addr in LOOPBACK
        and request.headers.get("X-Real-IP") in LOOPBACK
        and bool(request.headers.get("X-Aws-Sqsd-Taskname"))
    )

"""Live and ready are different questions."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from flask import Blueprint, Response, jsonify

from shared.ports.unavailable import Unavailable
from web.http.guards import open_to_all
from web.http.parts import memory, parts

bp = Blueprint("health", __name__)
log = structlog.get_logger(__name__)


@bp.get("/check-status")
@open_to_all
def check_status() -> Response:
    """For the load balancer: this process answers. Touches nothing else: a database that is away must not
    make the balancer replace every instance at once."""
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
@open_to_all
def readyz() -> Any:
    """Each part of the world with how long it took to answer, in ms; 503 if one is down. Looked at once a second."""
    results = memory().ready.get(_look)
    ready = all(result["ok"] for result in results.values())
    return jsonify({"ready": ready, "checks": results}), 200 if ready else 503


def _look() -> dict[str, dict[str, Any]]:
    wired = parts()
    checks: dict[str, Callable[[], None]] = {
        "s3": wired.store.check,
        "sqs": wired.queue.check,
        "mysql": wired.operations.check,
        "cognito": wired.sessions.check,
    }
    with ThreadPoolExecutor(len(checks)) as pool:
        return dict(zip(checks, pool.map(_timed, checks.values()), strict=True))


def _timed(check: Callable[[], None]) -> dict[str, Any]:
    started = time.perf_counter()
    ok = True
    try:
        check()
    except Unavailable as error:
        # The reason goes to the log: this page is open to everybody.
        log.warning("not ready", error=str(error))
        ok = False
    return {"ok": ok, "ms": round((time.perf_counter() - started) * 1000, 1)}

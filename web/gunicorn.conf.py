"""How gunicorn serves the web tier."""

import os
import shutil
import sys
import tempfile
import threading
from typing import Any

# Where the counters of this master's processes meet (shared/counting.py).
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="portal-metrics-"))

wsgi_app = "web.wsgi:app"
# Where the nginx before it looks. Beanstalk's follows the same variable, and `make run` sets it.
bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
proc_name = "image-portal web"
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))  # one for each core of a small instance
threads = int(
    os.environ.get("WEB_THREADS", "16")
)  # a slow upload holds one; nginx in front shields from most
timeout = 60
graceful_timeout = 30
keepalive = 75  # longer than the balancer's idle time-out, so that it never reuses a closed connection
max_requests = 20_000
max_requests_jitter = 2_000
control_socket_disable = True
accesslog = None  # each request is one structured line of web.metrics


def on_starting(_server: Any) -> None:
    """Refuse a bad configuration before any process is forked: gunicorn would fork again for ever."""
    from shared.config import ConfigurationError, WebSettings, load

    try:
        load(WebSettings, os.environ)
    except ConfigurationError as error:
        sys.exit(str(error))


def post_worker_init(worker: Any) -> None:
    """Open the queue's connection before the first upload needs it, without holding the start up for it."""
    from shared.ports.work_queue import QueueUnavailable
    from web.http.parts import KEY

    def warm() -> None:
        try:
            worker.wsgi.extensions[KEY].queue.warm()
        except QueueUnavailable as error:
            worker.log.warning("the queue is not reachable yet: %s", error)

    threading.Thread(target=warm, name="warm-queue", daemon=True).start()


def on_exit(_server: Any) -> None:
    """Leave no directory behind."""
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)

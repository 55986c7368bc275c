"""How gunicorn serves the web tier."""

import gc
import os
import shutil
import tempfile
import threading
from typing import Any

# Where the counters of this master's processes meet (shared/counting.py).
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="portal-metrics-"))

wsgi_app = "web.wsgi:app"
# It opens no connection and starts no thread. What is loaded once is shared, and what refuses to start does so once.
preload_app = True
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


def when_ready(_server: Any) -> None:
    """What is loaded stays shared with the processes forked from here: a collection would copy it by looking at it."""
    gc.collect()
    gc.freeze()


def post_worker_init(worker: Any) -> None:
    """Begin what a fork would lose: traces, whose exporter is a thread, and the queue's connection, which the first
    upload is not to wait for, nor the start for it."""
    from shared import tracing
    from shared.ports.work_queue import QueueUnavailable
    from web.http.parts import KEY

    tracing.begin("portal-web")

    def warm() -> None:
        try:
            worker.wsgi.extensions[KEY].queue.warm()
        except QueueUnavailable as error:
            worker.log.warning("the queue is not reachable yet: %s", error)

    threading.Thread(target=warm, name="warm-queue", daemon=True).start()


def on_exit(_server: Any) -> None:
    """Leave no directory behind."""
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)

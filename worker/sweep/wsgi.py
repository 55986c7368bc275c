"""The tick application's entry: `gunicorn worker.sweep.wsgi:app`. Refuses a bad configuration at once."""

import os
import sys
from functools import partial

from shared import counting
from shared.bootstrap import worker_parts
from shared.config import ConfigurationError, WorkerSettings, load
from shared.logs import configure_logs
from worker.alive import Pulse, heartbeat_file
from worker.sweep.heal import heal
from worker.sweep.tick import create_app

try:
    settings = load(WorkerSettings, os.environ)
except ConfigurationError as error:
    sys.exit(str(error))
configure_logs(settings.log_level)
counting.meet_in(counting.worker_folder(settings.sqs_queue_url))
_parts = worker_parts(settings)
_token = settings.metrics_token.get_secret_value() if settings.metrics_token else None
app = create_app(
    partial(heal, _parts), Pulse(heartbeat_file(settings.sqs_queue_url)).silence_seconds, metrics_token=_token
)

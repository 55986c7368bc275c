"""Gunicorn's entry: `gunicorn --config web/gunicorn.conf.py web.wsgi:app`. Refuses a bad configuration at once."""

import gc
import os
import sys
from pathlib import Path

gc.disable()  # while the rest is loaded: the collector would find nothing, for a twelfth of the start

from shared import counting
from shared.bootstrap import web_parts
from shared.config import ConfigurationError, WebSettings, load
from shared.logs import configure_logs
from web.app import create_app

try:
    settings = load(WebSettings, os.environ)
except ConfigurationError as error:
    sys.exit(str(error))
configure_logs(settings.log_level)
if folder := os.environ.get(counting.FOLDER):
    counting.meet_in(Path(folder))
app = create_app(web_parts(settings))
gc.enable()

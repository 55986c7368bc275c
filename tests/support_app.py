"""The web application over parts that tests choose."""

from copy import copy
from dataclasses import fields
from unittest.mock import Mock

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from shared.config import WebSettings, load
from shared.parts import WebParts
from shared.ports.limits import Counted
from shared.ports.session_records import Ends
from tests.unit.test_config import GOOD
from web.app import create_app, wire

# What says where the world is, and no application asks for itself.
PLACES = {"s3_bucket", "sqs_queue_url", "sqs_dlq_url", "database_url"}
_built: dict[WebSettings, Flask] = {}


class _Compiled(BytecodeCache):
    """Templates that some application has compiled, for all others."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._known:
            bucket.bytecode_from_string(self._known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key] = bucket.bytecode_to_string()


_compiled = _Compiled()


def app_over(wired: WebParts) -> Flask:
    """An application that works with these parts, over routes and templates that are compiled once for all that have
    these settings: it costs a twentieth, and there are thousands. What it is changed in, the others are changed in too.
    """
    if wired.settings.trusted_proxies:  # what stands before such an application holds on to it
        return _made(wired)
    same = wired.settings.model_copy(update=dict.fromkeys(PLACES))
    if (built := _built.get(same)) is None:
        built = _built[same] = _made(wired)
    app = copy(built)
    app.extensions = dict(app.extensions)
    wire(app, wired)
    return app


def _made(wired: WebParts) -> Flask:
    made = create_app(wired)
    made.jinja_env.bytecode_cache = _compiled
    return made


def app_on_mocks() -> Flask:
    """An application whose parts answer nothing: for what it says of itself."""
    parts = WebParts(load(WebSettings, GOOD), *(Mock() for _ in fields(WebParts)[1:]))
    parts.session_records.ends.return_value = Ends(None, False)  # type: ignore[attr-defined]  # a mock
    parts.limits.counted.return_value = Counted()  # type: ignore[attr-defined]  # likewise
    parts.asks.waiting.return_value = 0  # type: ignore[attr-defined]  # likewise
    parts.closing.begun.return_value = False  # type: ignore[attr-defined]  # likewise
    return create_app(parts)

"""The web application without any part of the world: for what it says of itself."""

from dataclasses import fields
from unittest.mock import Mock

from flask import Flask

from shared.config import WebSettings, load
from shared.parts import WebParts
from shared.ports.limits import Counted
from shared.ports.session_records import Ends
from tests.unit.test_config import GOOD
from web.app import create_app


def app_on_mocks() -> Flask:
    """An application whose parts answer nothing."""
    parts = WebParts(load(WebSettings, GOOD), *(Mock() for _ in fields(WebParts)[1:]))
    parts.session_records.ends.return_value = Ends(None, False)  # type: ignore[attr-defined]  # a mock
    parts.limits.counted.return_value = Counted()  # type: ignore[attr-defined]  # likewise
    parts.asks.waiting.return_value = 0  # type: ignore[attr-defined]  # likewise
    parts.closing.begun.return_value = False  # type: ignore[attr-defined]  # likewise
    return create_app(parts)

"""The running app's parts, for route handlers."""

from typing import cast

from flask import current_app

from shared.parts import WebParts

KEY = "image-portal"


def parts() -> WebParts:
    """What the composition root wired for this app."""
    return cast(WebParts, current_app.extensions[KEY])

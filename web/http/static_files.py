"""Static files that browsers keep for good: their addresses change with their bytes."""

import hashlib
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

VENDORED = "vendor/"  # these folders carry their version in their name


class StaticVersions:
    """Adds the start of each file's SHA-256 to its address."""

    def __init__(self, app: Flask) -> None:
        self._folder = Path(app.static_folder or "")
        self._known: dict[str, str] = {}

    def add(self, endpoint: str, values: dict[str, Any]) -> None:
        """Flask's hook for addresses it makes."""
        name = values.get("filename")
        if endpoint != "static" or not name or name.startswith(VENDORED):
            return
        if name not in self._known:
            self._known[name] = hashlib.sha256((self._folder / name).read_bytes()).hexdigest()[:12]
        values["v"] = self._known[name]


def install(app: Flask) -> None:
    """Version the addresses, and let browsers keep what lasts."""
    app.url_defaults(StaticVersions(app).add)
    app.after_request(_cache)


def _cache(response: Response) -> Response:
    if request.endpoint == "static":
        lasting = "v" in request.args or (request.view_args or {}).get("filename", "").startswith(VENDORED)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if lasting else "no-cache"
    return response

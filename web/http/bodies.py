"""Reading JSON bodies."""

from typing import Any

from flask import request

from web.http.problems import Problem


def has(name: str) -> bool:
    """Whether the request's JSON object has the field."""
    body: Any = request.get_json(silent=True)
    return isinstance(body, dict) and name in body


def strings(*names: str) -> list[str]:
    """The named fields of the request's JSON object, all required. Raises a Problem that says what is wrong."""
    body: Any = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Problem(400, "invalid_json", "Send a JSON object with Content-Type: application/json.")
    missing = [name for name in names if not isinstance(body.get(name), str) or not body[name]]
    if missing:
        raise Problem(422, "missing_field", f"Missing, empty or not a string: {', '.join(missing)}.")
    return [body[name] for name in names]

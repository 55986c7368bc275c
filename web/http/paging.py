"""Where a list goes on, and how much of it is asked for."""

from uuid import UUID

from flask import request

from shared.domain.ids import parse_id
from web.http.problems import Problem

DEFAULT_LIMIT, MAX_LIMIT = 30, 100


def cursor() -> UUID | None:
    """The request's cursor. Raises a 422 Problem when it is not one of ours."""
    given = request.args.get("cursor", "")
    if not given:
        return None
    if (parsed := parse_id(given)) is None:
        raise Problem(422, "invalid_cursor", "This cursor is not one that the portal gave out.")
    return parsed


def limit() -> int:
    """The request's page size."""
    given = request.args.get("limit", str(DEFAULT_LIMIT))
    if not given.isascii() or not given.isdigit() or not 1 <= int(given[:9]) <= MAX_LIMIT:
        raise Problem(422, "invalid_limit", f"The limit is a number from 1 to {MAX_LIMIT}.")
    return int(given)

"""Numbers and cursors from outside: where a list goes on, and how much of it is asked for."""

import re
from typing import Annotated
from uuid import UUID

from flask import request
from pydantic import BeforeValidator, Field, WithJsonSchema

from shared.domain.ids import parse_id
from web.http.problems import Problem
from web.http.schema import EXAMPLE_ID

DEFAULT_LIMIT, MAX_LIMIT = 30, 100
_PLACE = re.compile(r"-?[0-9]{1,18}")
_WHOLE_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}")


def whole_number(text: str) -> int | None:
    """The number that `text` spells with nine ASCII digits at most and no leading zero, or None. The text is looked
    at whole: a check of its first digits would let the rest through."""
    return int(text) if _WHOLE_NUMBER.fullmatch(text) else None


def parse_limit(text: str) -> int:
    """A page size. Raises a 422 Problem."""
    number = whole_number(text)
    if number is None or not 1 <= number <= MAX_LIMIT:
        raise Problem(422, "invalid_limit", f"The limit is a number from 1 to {MAX_LIMIT}.")
    return number


def parse_cursor(text: str) -> UUID | None:
    """A cursor; an empty one is none. Raises a 422 Problem when it is not one of ours."""
    if not text:
        return None
    if (parsed := parse_id(text)) is None:
        raise _not_ours()
    return parsed


def _not_ours() -> Problem:
    return Problem(422, "invalid_cursor", "This cursor is not one that the portal gave out.")


def parse_place(text: str) -> int | None:
    """A cursor within an order that its owner chose; an empty one is none. Raises a 422 Problem when it is not one of
    ours."""
    if not text:
        return None
    if not _PLACE.fullmatch(text):
        raise _not_ours()
    return int(text)


def limit() -> int:
    """The page size that a page's address asks for."""
    return parse_limit(request.args.get("limit", str(DEFAULT_LIMIT)))


def cursor() -> UUID | None:
    """The cursor in a page's address."""
    return parse_cursor(request.args.get("cursor", ""))


Cursor = Annotated[
    UUID | None,
    BeforeValidator(parse_cursor),
    Field(description="`next_cursor` of the page before; nothing for the first."),
    WithJsonSchema({"type": "string"}),
]

Limit = Annotated[
    int,
    BeforeValidator(parse_limit),
    Field(description="Items in one page.", examples=[24]),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_LIMIT}),
]

NextCursor = Annotated[
    str | None, Field(description="What `cursor` goes on from; null on the last page.", examples=[EXAMPLE_ID])
]

"""If-Match: which versions of a record the sender of a change has seen (RFC 9110, section 13.1.1)."""

import re

from flask import request

from web.http.api import Header
from web.http.problems import Problem

IF_MATCH = Header(
    "If-Match",
    "The ETag that it came with, or several, one of which must be the present one; `*` for whichever stands.",
    200,
    required=True,
    example='"1"',
)
_OURS = re.compile(r'"([1-9][0-9]{0,8})"')


def versions_seen() -> frozenset[int] | None:
    """The versions that this request's If-Match names, None for `*`. Raises a 428 Problem without the header.

    Weak tags, and what is no tag of ours, match nothing.
    """
    given = request.headers.get(IF_MATCH.name, "").strip()
    if not given:
        detail = "Say in If-Match which version you saw: the ETag that it came with."
        raise Problem(428, "if_match_required", detail)
    if given == "*":
        return None
    tags = (_OURS.fullmatch(tag.strip()) for tag in given.split(","))
    return frozenset(int(tag[1]) for tag in tags if tag)


def etag(version: int) -> str:
    """A version as ETag and If-Match write it."""
    return f'"{version}"'

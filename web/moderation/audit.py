"""The audit as files."""

from flask import Response

from shared.domain.moderation import Act
from shared.ports.moderation import Moderation, Wanted
from web.http.tables import json_lines, table
from web.moderation.listing import every
from web.moderation.schema import ActResource

_COLUMNS = (
    *("id", "at", "moderator", "verb", "reason", "note", "image_id", "owner", "number", "was"),
    *("closed", "answer", "answered_at"),
)


def json_lines_of(moderation: Moderation, wanted: Wanted) -> Response:
    """A JSON object a line, as the API writes them."""
    return json_lines(
        (ActResource.of(act).model_dump_json() for act in every(moderation, wanted)), "moderation"
    )


def csv_of(moderation: Moderation, wanted: Wanted) -> Response:
    """A table with a heading."""
    return table(_COLUMNS, map(_cells, every(moderation, wanted)), "moderation")


def _cells(act: Act) -> list[str]:
    told = ActResource.of(act).model_dump(mode="json")
    answer = told.pop("answer", None) or {}
    told |= {
        "closed": " ".join(f"{reason}:{count}" for reason, count in act.closed.items()),
        "answer": answer.get("text"),
        "answered_at": answer.get("at"),
    }
    return [str(told.get(name) or "") for name in _COLUMNS]

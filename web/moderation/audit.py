"""The audit as files: written while they are sent, so that their length costs no memory."""

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import chain

from flask import Response

from shared.domain.moderation import Act
from shared.ports.moderation import Moderation, Wanted
from web.moderation.listing import every
from web.moderation.schema import ActResource

_COLUMNS = (
    *("id", "at", "moderator", "verb", "reason", "note", "image_id", "owner", "number", "was"),
    *("closed", "answer", "answered_at"),
)


def json_lines_of(moderation: Moderation, wanted: Wanted) -> Response:
    """A JSON object a line, as the API writes them."""
    lines = (f"{ActResource.of(act).model_dump_json()}\n" for act in every(moderation, wanted))
    return _file(lines, "application/jsonl", "jsonl")


def csv_of(moderation: Moderation, wanted: Wanted) -> Response:
    """A table with a heading (RFC 4180)."""
    return _file(_csv(moderation, wanted), "text/csv", "csv")


def _csv(moderation: Moderation, wanted: Wanted) -> Iterator[str]:
    rows = map(_cells, every(moderation, wanted))
    first = next(rows, None)
    yield _line(_COLUMNS)
    for row in chain([first], rows) if first else ():
        yield _line(row)


def _cells(act: Act) -> list[str]:
    told = ActResource.of(act).model_dump(mode="json")
    answer = told.pop("answer", None) or {}
    told |= {
        "closed": " ".join(f"{reason}:{count}" for reason, count in act.closed.items()),
        "answer": answer.get("text"),
        "answered_at": answer.get("at"),
    }
    return [_harmless(str(told.get(name) or "")) for name in _COLUMNS]


def _harmless(cell: str) -> str:
    """No formula: https://owasp.org/www-community/attacks/CSV_Injection"""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _file(lines: Iterator[str], mimetype: str, extension: str) -> Response:
    first = next(lines, "")  # a database that is away is told before anything is sent
    response = Response(chain([first], lines), mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="moderation.{extension}"'
    return response

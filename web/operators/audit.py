"""The audit for operators: a page, files and the API. Lines are only ever added to it."""

from typing import Any

from flask import Blueprint, render_template, request, url_for

from shared.operating.audit import VERBS, Filter, Line, Role, every, lines
from shared.ports.sessions import Viewer
from web.http.api import Access, Answer, Routes
from web.http.guards import operator_required
from web.http.paging import cursor
from web.http.parts import parts
from web.http.problems import Problem
from web.http.tables import json_lines, table
from web.operators.audit_schema import AuditList, LineResource, ListAudit
from web.operators.times import fields_of, span_of

bp = Blueprint("audit", __name__)
routes = Routes()
SHOWN = 50
_COLUMNS = ("id", "at", "role", "who", "way", "verb", "subject", "asked", "counts", "ended_at")


@bp.get("/ops/audit")
@operator_required
def page(_viewer: Viewer) -> Any:
    """Acts, newest first, by person, verb, role and time."""
    wanted = _filter()
    found = lines(parts(), wanted, cursor(), SHOWN + 1)
    conditions = _conditions(wanted)
    return render_template(
        "operators/audit.html",
        lines=found[:SHOWN],
        conditions=conditions,
        verbs=VERBS,
        roles=list(Role),
        next_url=url_for(".page", **conditions, cursor=found[SHOWN - 1].id) if len(found) > SHOWN else None,
    )


@bp.get("/ops/audit.jsonl")
@operator_required
def lines_file(_viewer: Viewer) -> Any:
    """The same as a file, a JSON object a line."""
    return json_lines(
        (LineResource.of(line).model_dump_json() for line in every(parts(), _filter())), "audit"
    )


@bp.get("/ops/audit.csv")
@operator_required
def table_file(_viewer: Viewer) -> Any:
    """The same as a file for spreadsheets."""
    return table(_COLUMNS, map(_cells, every(parts(), _filter())), "audit")


def _cells(line: Line) -> list[str]:
    told = LineResource.of(line).model_dump(mode="json")
    told["counts"] = " ".join(f"{name}:{count}" for name, count in line.counts.items())
    return ["" if told[name] is None else str(told[name]) for name in _COLUMNS]


def _filter() -> Filter:
    given = {name: request.args.get(name, "").strip() for name in ("who", "verb", "role")}
    if given["verb"] not in ("", *VERBS):
        raise Problem(422, "invalid_parameter", f"verb: one of {', '.join(VERBS)}.")
    if given["role"] not in ("", *Role):
        raise Problem(422, "invalid_parameter", f"role: one of {', '.join(Role)}.")
    role = Role(given["role"]) if given["role"] else None
    return Filter(given["who"], given["verb"], role, span_of(request.args))


def _conditions(wanted: Filter) -> dict[str, Any]:
    named = {"who": wanted.who, "verb": wanted.verb, "role": wanted.role or ""}
    return {name: text for name, text in named.items() if text} | fields_of(wanted.span)


@routes.add(
    "GET",
    "/audit",
    access=Access.OPERATOR,
    answer=Answer(200, "Acts, newest first.", AuditList),
    problems=("invalid_cursor", "invalid_limit"),
)
def list_audit(query: ListAudit) -> AuditList:
    """What operators and moderators did.

    Lines are only ever added to it.
    """
    found = lines(parts(), query.filter, query.cursor, query.limit + 1)
    items = [LineResource.of(line) for line in found[: query.limit]]
    return AuditList(items=items, next_cursor=items[-1].id if len(found) > query.limit else None)

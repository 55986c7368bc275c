"""Uploads: found by what is known of them, and all that is known of single ones."""

import argparse
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from shared.operating import fields
from shared.operating.finding import find
from shared.operating.timeline import compare, timeline_of
from shared.parts import WorkerParts
from worker.ops.command import Answer, Command, Row, operator, whole

MOST = 1000
"""Uploads in one list."""


def lines(told: dict[str, Any]) -> Iterator[str]:
    """All that is known of one upload: whose it is, its timeline, what is stored, its message, and its state last."""
    if "filename" in told:
        name, size, by = told["filename"], told["size_bytes"], told["username"] or told["owner"]
        yield f"{told['id']}  {name}  {size} bytes  by {by}"
    for event in told["events"]:
        when = event["at"].isoformat(timespec="seconds")
        attempt = f"attempt {event['attempt']}  {event['worker']}  {event['ms']} ms"
        yield f"{when}  {event['step']}  {attempt}  {event['result']}"
    for one in told["objects"]:
        size = "missing" if one["missing"] else f"{one['size_bytes']} bytes"
        yield f"stored: {one['key']}  {'deleted' if size == 'None bytes' else size}  {len(one['versions'])} versions"
    if told["message"]:
        yield f"message: {told['message']['words']}"
    for part, why in told["unknown"].items():
        yield f"{part}: {why}"
    yield from (f"compared: {sentence}" for sentence in told.get("compared", ()))
    reason = told.get("reason_message")
    yield f"state: {told['state'] or 'unknown'}" + (f"  ({reason})" if reason else "")


def _show(parts: WorkerParts, given: argparse.Namespace) -> Answer:
    by = operator()
    rows: list[Row] = []
    well = True
    for upload_id in given.ids:
        told = timeline_of(parts, by, upload_id)
        if told is None:
            rows.append({"id": str(upload_id), "lines": [f"Nobody knows an upload with the id {upload_id}"]})
            well = False
            continue
        row = fields.of_timeline(told)
        if given.check:
            compared = compare(parts, by, upload_id) or []
            row["compared"] = [one.sentence for one in compared]
            well = well and all(one.found == one.recorded for one in compared)
        rows.append(row | {"lines": list(lines(row))})
        well = well and not told.record.unknown
    plain = [{k: v for k, v in row.items() if k != "lines"} for row in rows] if given.json else rows
    return Answer(plain, lambda row: "\n".join(row["lines"]), status=0 if well else 1)


def _find(parts: WorkerParts, given: argparse.Namespace) -> Answer:
    found = find(parts, operator(), given.text, given.after, given.limit)
    rows: list[Row] = [fields.of_upload(u) for u in (*found.waiting.value, *found.uploads.value)]
    unknown: list[Row] = [
        {"unknown": part.unknown} for part in (found.uploads, found.waiting) if part.unknown
    ]
    rows += unknown
    if found.cursor:
        rows.append({"more": str(found.cursor)})
    return Answer(rows, _line, status=1 if unknown or (given.text and not rows) else 0)


def _line(row: Row) -> str:
    if "more" in row:
        return f"More: --after {row['more']}"
    if "unknown" in row:
        return str(row["unknown"])
    when = f"{row['accepted_at']:%Y-%m-%dT%H:%M:%S}Z"
    return f"{row['id']} {when} {row['state']:<10} {row['username'] or row['owner']} {row['filename']}"


def _ids(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ids", nargs="+", type=UUID, metavar="ID")
    parser.add_argument("--check", action="store_true", help="read what is stored and compare its SHA-256")


def _wanted(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "text", nargs="?", default="", metavar="TEXT", help="id, reference, @owner, file name or SHA-256"
    )
    parser.add_argument("--after", type=UUID, metavar="ID", help="go on from this upload of the list before")
    parser.add_argument("--limit", type=whole(MOST), default=50, help="uploads in one list, 50 without it")


COMMANDS = (
    Command("upload", "timeline, objects, message and state of uploads", _ids, _show),
    Command("uploads", "find uploads; without a text the latest", _wanted, _find),
)

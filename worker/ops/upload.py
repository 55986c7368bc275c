"""All that is known of single uploads."""

import argparse
from collections.abc import Iterator
from uuid import UUID

from shared.domain.uploads import Upload
from shared.parts import WorkerParts
from shared.staging import Staging
from worker.ops.command import Answer, Command, Row


def lines(upload: Upload, parts: WorkerParts) -> Iterator[str]:
    """All that is known of one upload: whose it is, its timeline, what staging holds, and its state last."""
    yield f"{upload.id}  {upload.filename}  {upload.size_bytes} bytes  by {upload.username}"
    for event in parts.uploads.events(upload.id):
        when = event.at.isoformat(timespec="seconds")
        yield f"{when}  {event.step}  attempt {event.attempt}  {event.worker}  {event.ms} ms  {event.result}"
    staged = Staging(parts.store).find(upload.owner, upload.id)
    for entry in staged.objects if staged else ():
        yield f"staged: {entry.key}  {entry.size_bytes} bytes"
    yield f"state: {upload.status}" + (f"  ({upload.reason_message})" if upload.reason_message else "")


def _show(parts: WorkerParts, given: argparse.Namespace) -> Answer:
    known = parts.uploads.find_many(given.ids)
    missing = [str(i) for i in given.ids if i not in known]
    unknown: list[Row] = [{"id": i, "lines": [f"No attempt is recorded for: {i}"]} for i in missing]
    rows: list[Row] = [{"id": str(u.id), "lines": list(lines(u, parts))} for u in known.values()]
    return Answer([*unknown, *rows], lambda row: "\n".join(row["lines"]), status=1 if unknown else 0)


def _ids(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ids", nargs="+", type=UUID, metavar="ID")


COMMANDS = (Command("upload", "timeline, staged objects and state of uploads", _ids, _show),)

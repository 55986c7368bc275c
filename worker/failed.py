"""A failed upload's way back: `python -m worker.failed list | show ID | redrive ID… | redrive --all`."""

import argparse
import os
import sys
from collections.abc import Iterator
from uuid import UUID

import structlog

from shared.bootstrap import worker_parts
from shared.config import ConfigurationError, WorkerSettings, load
from shared.domain.uploads import Upload
from shared.logs import configure_logs
from shared.parts import WorkerParts
from shared.ports.failures import FailedUploads
from shared.ports.unavailable import Unavailable
from shared.redriving import Redriven
from shared.redriving import redrive as shared_redrive
from shared.staging import Staging

log = structlog.get_logger(__name__)
PAGE = 500


def all_failed(failed: FailedUploads) -> Iterator[Upload]:
    """Every failed upload, oldest first."""
    after: UUID | None = None
    while page := failed.of(None, after, PAGE):
        yield from page
        after = page[-1].id


def redrive(parts: WorkerParts, upload: Upload) -> str:
    """Let one failed upload begin anew; says what became of it. Raises Unavailable, and then may be run again."""
    match shared_redrive(upload, store=parts.store, recovery=parts.recovery, queue=parts.queue):
        case Redriven.NOT_STAGED:
            return f"is {upload.status}, and staging holds nothing of it"
        case Redriven.NOT_FAILED:
            return f"is not failed but {upload.status}; left alone"
        case Redriven.SENT:
            log.info("redriven", upload_id=str(upload.id))
            return "is sent again"


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


def run(parts: WorkerParts, given: argparse.Namespace) -> int:
    """Do what was asked, a line of output at a time; 1 when an id is not known."""
    if given.command == "list":
        for upload in all_failed(parts.failed_uploads):
            print(upload.id, upload.accepted_at.isoformat(timespec="seconds"), upload.reason_message)
        return 0
    known = parts.uploads.find_many(given.ids)
    wanted = all_failed(parts.failed_uploads) if given.command == "redrive" and given.all else known.values()
    for upload in wanted:
        if given.command == "show":
            print(*lines(upload, parts), sep="\n")
        else:
            print(upload.id, redrive(parts, upload), flush=True)
    unknown = [str(i) for i in given.ids if i not in known]
    if unknown:
        print(f"No attempt is recorded for: {', '.join(unknown)}", file=sys.stderr)
    return 1 if unknown else 0


def main(arguments: list[str]) -> int:
    """Exit code 0; 1 when an upload is unknown or a part of the world is away; 2 for what can't be understood."""
    parser = argparse.ArgumentParser(prog="python -m worker.failed", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="every failed upload with its reason, oldest first")
    commands.add_parser("show", help="what is known of uploads").add_argument("ids", nargs="+", type=UUID)
    again = commands.add_parser("redrive", help="send failed uploads again")
    again.add_argument("ids", nargs="*", type=UUID)
    again.add_argument("--all", action="store_true", help="every failed upload")
    given = parser.parse_args(arguments)
    if given.command == "redrive" and bool(given.ids) == given.all:
        again.error("give ids of uploads, or --all")
    try:
        settings = load(WorkerSettings, os.environ)
        configure_logs(settings.log_level)
        return run(worker_parts(settings), given)
    except (ConfigurationError, Unavailable) as error:
        print(f"Stopped: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Uploads that wait for a moderator: `python -m worker.held list | release ID… | refuse ID… [--because SENTENCE]`.

Releasing lets the record begin anew and then sends the message. The record is what counts: cut off between the two, the
sweep sends it. What is refused is rejected, and the sweep clears what is stored. An upload that is not held (any more)
is left alone, so running it twice is harmless.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from uuid import UUID

from shared.bootstrap import worker_parts
from shared.config import ConfigurationError, WorkerSettings, load
from shared.domain.moderation import Moderator
from shared.domain.refusals import Refusal
from shared.logs import configure_logs
from shared.operating import held
from shared.parts import WorkerParts
from shared.ports.held import Held, HeldUpload
from shared.ports.unavailable import Unavailable

PAGE = 500
OPERATOR = Moderator(
    UUID(int=0), "operator"
)  # in the audit: whoever may run this, by no account of the portal's


def all_held(port: Held) -> Iterator[HeldUpload]:
    """Every held upload, newest first."""
    before: UUID | None = None
    while page := port.held(PAGE, before):
        yield from page
        before = page[-1].upload.id


def release(parts: WorkerParts, upload_id: UUID) -> str:
    """Let one begin anew, and be published; says what became of it. Raises Unavailable, and then may be run again."""
    upload = parts.uploads.find(upload_id)
    if upload is None or not held.release(parts.held, parts.queue.send, upload, OPERATOR):
        return "is not held; left alone"
    return "is sent again"


def refuse(parts: WorkerParts, upload_id: UUID, message: str = Refusal.BARRED.sentence) -> str:
    """Reject one, with what its owner reads; says what became of it."""
    refused = held.refuse(parts.held, upload_id, OPERATOR, message)
    return "is rejected" if refused else "is not held; left alone"


def run(parts: WorkerParts, given: argparse.Namespace) -> int:
    """Do what was asked, a line of output at a time."""
    if given.command == "list":
        for one in all_held(parts.held):
            barred = f"like {one.barred.image_id}  {one.barred.reason}" if one.barred else "barred no more"
            print(one.upload.id, f"by {one.upload.username}", one.upload.filename, barred, sep="  ")
        return 0
    for upload_id in given.ids:
        if given.command == "release":
            print(upload_id, release(parts, upload_id), flush=True)
        else:
            print(upload_id, refuse(parts, upload_id, given.because), flush=True)
    return 0


def main(arguments: list[str]) -> int:
    """Exit code 0; 1 when a part of the world is away; 2 for what can't be understood."""
    parser = argparse.ArgumentParser(prog="python -m worker.held", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="every held upload and what it looks like, newest first")
    commands.add_parser("release", help="let uploads be published").add_argument("ids", nargs="+", type=UUID)
    no = commands.add_parser("refuse", help="reject uploads")
    no.add_argument("ids", nargs="+", type=UUID)
    no.add_argument("--because", default=Refusal.BARRED.sentence, help="the sentence that their owners read")
    given = parser.parse_args(arguments)
    try:
        settings = load(WorkerSettings, os.environ)
        configure_logs(settings.log_level)
        return run(worker_parts(settings), given)
    except (ConfigurationError, Unavailable) as error:
        print(f"Stopped: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

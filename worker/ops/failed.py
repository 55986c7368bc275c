"""Failed uploads: which, and their way back or their end."""

import argparse
from collections.abc import Iterator
from uuid import UUID

from shared.domain.failures import ALWAYS, Span
from shared.domain.operator_acts import Verb
from shared.domain.uploads import Upload
from shared.operating.acting import act_on
from shared.operating.failed import Choice
from shared.parts import WorkerParts
from shared.ports.failures import FailedUploads
from worker.ops.command import Answer, Command, Row, operator, span_of, within

PAGE = 500
EVERY = "every failed upload"


def all_failed(failed: FailedUploads, reason: str | None = None, span: Span = ALWAYS) -> Iterator[Upload]:
    """Every failed upload, or all that failed for one reason or in a time, oldest first."""
    after: UUID | None = None
    while page := failed.of(reason, after, PAGE, span):
        yield from page
        after = page[-1].id


def _row(upload: Upload) -> Row:
    return {"id": str(upload.id), "accepted_at": upload.accepted_at, "reason": upload.reason_message}


def _list(parts: WorkerParts, given: argparse.Namespace) -> Answer:
    rows = (_row(upload) for upload in all_failed(parts.failed_uploads, given.reason, span_of(given)))
    return Answer(rows, lambda row: f"{row['id']} {row['accepted_at']:%Y-%m-%dT%H:%M:%S}Z {row['reason']}")


def _act(parts: WorkerParts, given: argparse.Namespace, verb: Verb) -> Answer:
    if sum(map(bool, (given.ids, given.reason is not None, given.all))) != 1:
        given.parser.error("give ids of uploads, or say which others")
    if given.ids and span_of(given) != ALWAYS:
        given.parser.error("a time is for reasons and for all")
    if given.ids:
        ids = list(dict.fromkeys(given.ids))
        choice = Choice(tuple(ids))
    else:
        choice = Choice((), given.reason, span_of(given))
        ids = [upload.id for upload in all_failed(parts.failed_uploads, choice.reason, choice.span)]
    known = parts.uploads.find_many(given.ids)
    unknown: list[Row] = [{"unknown": str(i)} for i in given.ids if i not in known]
    result = act_on(parts, operator(), verb, ids, choice.words)
    told: Row = {"verb": verb, "asked": result.asked, **result.counts, "sentence": result.sentence}
    return Answer(
        [*unknown, told],
        lambda row: str(row.get("sentence") or f"No attempt is recorded for: {row['unknown']}"),
        status=1 if unknown or result.not_staged or result.unreached else 0,
    )


def _reason(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reason", help="only what failed for this reason, as /ops/failed names it")
    within(parser)


def _which(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ids", nargs="*", type=UUID, metavar="ID", default=[])
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--reason", help="all that failed for this reason, as /ops/failed names it")
    which.add_argument("--all", action="store_true", help=EVERY)
    within(parser)
    parser.set_defaults(parser=parser)


def _redrive(parts: WorkerParts, given: argparse.Namespace) -> Answer:
    return _act(parts, given, Verb.REDRIVE)


def _discard(parts: WorkerParts, given: argparse.Namespace) -> Answer:
    return _act(parts, given, Verb.DISCARD)


COMMANDS = (
    Command("failed", "every failed upload with its reason, oldest first", _reason, _list),
    Command("redrive", "send failed uploads again", _which, _redrive),
    Command("discard", "end failed uploads that can't be mended", _which, _discard),
)

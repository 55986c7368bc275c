"""Renditions made anew: begin, list, pause, resume, cancel."""

import argparse
from collections.abc import Iterator
from uuid import UUID

from shared.domain.ids import new_upload_id
from shared.domain.operator_acts import Verb
from shared.domain.reingest import Run
from shared.operating.reingest import Told, WhichFault, act, row_of, start, which_of
from shared.parts import WorkerParts
from worker.ops.command import Answer, Command, Row, operator

PAGE = 100
ASKED = ("image", "username", "since", "before", "made_before", "older_than")
VERBS = {"pause": Verb.PAUSE_REINGEST, "resume": Verb.RESUME_REINGEST, "cancel": Verb.CANCEL_REINGEST}


def _start(parts: WorkerParts, given: argparse.Namespace) -> Answer:
    asked = {name: getattr(given, name) for name in ASKED if getattr(given, name)}
    if bool(asked) == given.all:
        given.parser.error("say which images, or --all")
    try:
        which = which_of(asked)
    except WhichFault as fault:
        given.parser.error(str(fault))
    if given.count:
        count = parts.reingest.count(which)
        return Answer(
            [{"images": which.sentence, "count": count}], lambda row: f"{row['images']}: {row['count']:,}"
        )
    told = start(parts, operator(), which, new_upload_id())
    return _told(told, 0 if told.run else 1)


def _act(parts: WorkerParts, given: argparse.Namespace) -> Answer:
    told = act(parts, operator(), given.run, VERBS[given.word])
    return _told(told, 0 if told.done else 1)


def _told(told: Told, status: int) -> Answer:
    row: Row = {"sentence": told.sentence, **(row_of(told.run) if told.run else {})}
    return Answer([row], lambda r: f"{r['id']} {r['sentence']}" if "id" in r else str(r["sentence"]), status)


def _runs(parts: WorkerParts) -> Iterator[Run]:
    before: UUID | None = None
    while page := parts.reingest.runs(before, PAGE):
        yield from page
        before = page[-1].id


def _list(parts: WorkerParts, given: argparse.Namespace) -> Answer:
    if given.failed:
        return Answer(_failures(parts, given.failed), lambda row: f"{row['image_id']} {row['reason']}")
    return Answer(
        (row_of(run) for run in _runs(parts)),
        lambda r: (
            f"{r['id']} {r['standing']}: {r['images']}: asked {r['asked']:,} = {r['made']:,} made anew + "
            f"{r['unchanged']:,} unchanged + {r['gone']:,} gone + {r['failed']:,} failed + {r['waiting']:,} waiting"
        ),
    )


def _failures(parts: WorkerParts, run_id: UUID) -> Iterator[Row]:
    after: UUID | None = None
    while page := parts.reingest.failures(run_id, after, PAGE):
        for failure in page:
            yield {
                "image_id": str(failure.image_id),
                "filename": failure.filename,
                "reason": failure.reason,
                "at": failure.at,
            }
        after = page[-1].image_id


def _words(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(dest="word", required=True, metavar="WORD")
    begin = words.add_parser("start", help="begin a run; one that is under way for the same images goes on")
    begin.add_argument("--image", metavar="ID", help="one image")
    begin.add_argument("--username", help="shared by this person")
    begin.add_argument("--since", metavar="DAY", help="uploaded from then on")
    begin.add_argument("--before", metavar="DAY", help="uploaded before")
    begin.add_argument("--made-before", metavar="DAY", help="with renditions made before")
    begin.add_argument("--older-than", metavar="RECIPE", help="with renditions of an older recipe")
    begin.add_argument("--all", action="store_true", help="every image")
    begin.add_argument("--count", action="store_true", help="say how many are meant, and begin nothing")
    begin.set_defaults(act=_start, parser=begin)
    listed = words.add_parser("list", help="every run with its counts, newest first")
    listed.add_argument("--failed", metavar="RUN", type=UUID, help="what failed in one run, and why")
    listed.set_defaults(act=_list)
    for word in VERBS:
        act_on = words.add_parser(word, help=f"{word} a run")
        act_on.add_argument("run", metavar="RUN", type=UUID)
        act_on.set_defaults(act=_act)
    for each in words.choices.values():
        each.add_argument(
            "--json", action="store_true", default=argparse.SUPPRESS, help="a JSON object a line"
        )


def _run(parts: WorkerParts, given: argparse.Namespace) -> Answer:
    answer: Answer = given.act(parts, given)
    return answer


COMMANDS = (Command("reingest", "make renditions anew from published originals", _words, _run),)

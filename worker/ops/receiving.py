"""Whether workers receive: what each does, pausing them all, and draining one."""

import argparse
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from shared.domain.receiving import Outcome, pause_of
from shared.operating.receiving import (
    Told,
    UnknownWorker,
    WhyFault,
    drain,
    moment,
    pause,
    resume,
    undrain,
)
from shared.operating.workers import WorkerView
from shared.parts import WorkerParts
from worker.ops.command import Answer, Command, Row, operator


def _answer(told: Told) -> Answer:
    row: dict[str, Any] = {"outcome": told.outcome.name.lower(), "sentence": told.sentence}
    if told.wish:
        wish = told.wish
        row |= {"by": wish.by.name, "why": wish.why, "since": wish.since, "version": wish.version}
    return Answer([row], lambda r: str(r["sentence"]), status=int(told.outcome is Outcome.CHANGED))


def _pause(parts: WorkerParts, given: argparse.Namespace) -> Answer:
    return _done(given, lambda: pause(parts, operator(), given.why))


def _resume(parts: WorkerParts, given: argparse.Namespace) -> Answer:
    return _done(given, lambda: resume(parts, operator()))


def _drain(parts: WorkerParts, given: argparse.Namespace) -> Answer:
    return _done(given, lambda: drain(parts, operator(), given.worker, given.why))


def _undrain(parts: WorkerParts, given: argparse.Namespace) -> Answer:
    return _done(given, lambda: undrain(parts, operator(), given.worker))


def _done(given: argparse.Namespace, act: Callable[[], Told]) -> Answer:
    try:
        return _answer(act())
    except WhyFault as fault:
        parser: argparse.ArgumentParser = given.parser
        parser.error(str(fault))
    except UnknownWorker as error:
        row = {"outcome": "unknown", "sentence": str(error)}
        return Answer([row], lambda r: str(r["sentence"]), status=1)


def _workers(parts: WorkerParts, _given: argparse.Namespace) -> Answer:
    now, wishes = datetime.now(UTC), parts.receiving.wishes()
    rows: list[Row] = []
    if wish := pause_of(wishes):
        sentence = f"Receiving is paused since {moment(wish)}, by {wish.by.name}: {wish.why}"
        rows.append({"paused": True, "by": wish.by.name, "why": wish.why, "sentence": sentence})
    for worker in parts.operations.workers(now):
        view = WorkerView.of(worker, now, wishes)
        rows.append(
            {
                "worker": worker.name,
                "host": worker.host,
                "version": worker.version,
                "heartbeat_age_seconds": view.age_seconds,
                "reception": worker.reception,
                "at_work": [asdict(at) | {"upload_id": str(at.upload_id)} for at in view.at_work],
                "done_today": worker.done_today,
                "failed_today": worker.failed_today,
                "sentence": f"{worker.name}  {worker.version}  heartbeat {view.age_seconds:.0f} s ago  "
                f"{worker.reception}  {_told(view)} {worker.done_today} done and {worker.failed_today} failed today",
            }
        )
    return Answer(rows, lambda row: str(row["sentence"]))


def _told(view: WorkerView) -> str:
    steps = ", ".join(f"{at.step or 'begun'} {at.seconds:.0f} s" for at in view.at_work[:8])
    return f"{len(view.at_work)} at work{f' ({steps})' if steps else ''},"


def _nothing(_parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def _why(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--why", required=True, help="others read it, and the audit keeps it")
    parser.set_defaults(parser=parser)


def _name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("worker", metavar="NAME", help="as `workers` names it")


def _name_and_why(parser: argparse.ArgumentParser) -> None:
    _name(parser)
    _why(parser)


COMMANDS = (
    Command("workers", "each worker, and what it does", _nothing, _workers),
    Command("pause", "let every worker finish what it has and receive nothing more", _why, _pause),
    Command("resume", "let workers receive again", _nothing, _resume),
    Command("drain", "let one worker finish what it has and receive nothing more", _name_and_why, _drain),
    Command("undrain", "let a drained worker receive again", _name, _undrain),
)

"""The audit at a terminal."""

import argparse

from shared.operating.audit import VERBS, Filter, Line, Role, every
from shared.parts import WorkerParts
from worker.ops.command import Answer, Command, Row, span_of, within


def _row(line: Line) -> Row:
    return {
        "id": str(line.id),
        "at": line.at,
        "role": line.role,
        "who": line.who,
        "way": line.way,
        "verb": line.verb,
        "subject": line.subject,
        "asked": line.asked,
        "counts": dict(line.counts),
        "ended_at": line.ended_at,
    }


def _told(row: Row) -> str:
    became = ", ".join(f"{count} {name}" for name, count in row["counts"].items())
    end = became if row["ended_at"] else "no end is written down"
    return (
        f"{row['at']:%Y-%m-%dT%H:%M:%S}Z {row['who']} {row['verb']} {row['asked']} ({end}): {row['subject']}"
    )


def _run(parts: WorkerParts, given: argparse.Namespace) -> Answer:
    role = Role(given.role) if given.role else None
    wanted = Filter(given.who, given.verb, role, span_of(given))
    return Answer(map(_row, every(parts, wanted)), _told)


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--who", default="", help="a whole name")
    parser.add_argument("--verb", default="", choices=VERBS)
    parser.add_argument("--role", default="", choices=[str(role) for role in Role])
    within(parser)


COMMANDS = (Command("audit", "what operators and moderators did, newest first", _arguments, _run),)

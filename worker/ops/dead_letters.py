"""The dead-letter queue at a terminal: what is on it, and the end of what no failed upload explains."""

import argparse

from shared.domain.operator_acts import Verb
from shared.operating.dead_letters import Kept, Kind, Seen, keep, look, may, move
from shared.parts import WorkerParts
from worker.ops.command import Answer, Command, Row, operator

LOOKED_AT, MOST = 100, 100


def _row(seen: Seen) -> Row:
    letter = seen.letter
    return {
        "id": letter.id,
        "kind": seen.kind,
        "upload_id": str(letter.upload_id) if letter.upload_id else None,
        "status": seen.state,
        "received": letter.received,
        "sent_at": letter.sent_at,
        "start": letter.start,
    }


def _told(row: Row) -> str:
    if "looked_at" in row:
        return f"Looked at {row['looked_at']} of about {row['about']}."
    what = f"upload {row['upload_id']}" if row["upload_id"] else repr(row["start"][:80])
    return f"{row['id']} {row['sent_at']:%Y-%m-%dT%H:%M:%S}Z received {row['received']}× {row['kind']} {what}"


def _look(parts: WorkerParts, _given: argparse.Namespace) -> Answer:
    found = look(parts, LOOKED_AT)
    scope: Row = {"looked_at": found.looked_at, "about": found.about}
    return Answer([*map(_row, found.seen), scope], _told)


def _move(parts: WorkerParts, given: argparse.Namespace) -> Answer:
    verb = Verb(given.verb)
    found = keep(parts, lambda seen: seen.kind == given.kind and may(verb, seen.kind), MOST)
    kept = [Kept.of(seen) for seen in found.seen]
    result = move(parts, operator(), verb, kept)
    told: Row = {"verb": verb, "asked": result.asked, **result.counts, "sentence": result.sentence}
    return Answer([told], lambda row: str(row["sentence"]), bool(result.failed))


def _which(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("verb", choices=[str(Verb.REDRIVE), str(Verb.DISCARD)])
    kinds = [str(kind) for kind in Kind if may(Verb.REDRIVE, kind) or may(Verb.DISCARD, kind)]
    parser.add_argument("kind", choices=kinds, help="of messages; 100 at most")


COMMANDS = (
    Command("dead-letters", "some messages of the dead-letter queue", lambda _: None, _look),
    Command("move-dead-letters", "send messages of a kind again, or discard them", _which, _move),
)

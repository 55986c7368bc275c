"""The audit of what operators do, in MySQL: rows are added, never changed."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from shared.adapters.mysql import Database, naive, utc
from shared.domain.ids import new_upload_id
from shared.domain.operator_acts import EVERY_ACT, Operator, OperatorAct, Verb, WantedActs, Way

SUBJECT = 200
"""Characters kept of what an act was done to."""

_BEGIN = text("""
    INSERT INTO operator_acts (id, at, who, way, verb, subject, asked)
    VALUES (:id, UTC_TIMESTAMP(6), :who, :way, :verb, :subject, :asked)""")
_END = text("""
    INSERT INTO operator_outcomes (act, at, counts) SELECT id, UTC_TIMESTAMP(6), :counts
    FROM operator_acts WHERE id = :id AND NOT EXISTS (SELECT 1 FROM operator_outcomes WHERE act = :id)""")
_SELECT = """
    SELECT a.*, o.counts, o.at AS ended_at FROM operator_acts a LEFT JOIN operator_outcomes o ON o.act = a.id"""
_AFTER_ALL = b"\xff" * 16


class MySqlOperatorActs:
    """Implements shared.ports.operator_acts.OperatorActs."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def begin(self, by: Operator, verb: Verb, subject: str, asked: int) -> UUID:
        """Write down what will be done."""
        return self._db.transact(lambda c: write_act(c, by, verb, subject, asked))

    def end(self, act_id: UUID, counts: Mapping[str, int]) -> None:
        """Write down what came of it."""
        self._db.transact(lambda c: write_outcome(c, act_id, counts))

    def page(self, before: UUID | None, limit: int, wanted: WantedActs = EVERY_ACT) -> list[OperatorAct]:
        """Acts, newest first."""
        conditions = {
            "a.id < :before": before.bytes if before else _AFTER_ALL,
            "a.who = :who": wanted.who or None,
            "a.verb = :verb": wanted.verb,
            "a.at >= :since": naive(wanted.span.since) if wanted.span.since else None,
            "a.at < :until": naive(wanted.span.until) if wanted.span.until else None,
        }
        given = {condition: value for condition, value in conditions.items() if value is not None}
        values = {condition.rpartition(":")[2]: value for condition, value in given.items()}
        query = text(f"{_SELECT} WHERE {' AND '.join(given)} ORDER BY a.id DESC LIMIT :limit")
        with self._db.connect() as c:
            return [_act(row) for row in c.execute(query, values | {"limit": limit})]


def write_act(c: Connection, by: Operator, verb: Verb, subject: str, asked: int) -> UUID:
    """Write an act down within the caller's transaction."""
    act_id = new_upload_id()
    values = {"who": by.name, "way": by.way, "verb": verb, "subject": subject[:SUBJECT], "asked": asked}
    c.execute(_BEGIN, values | {"id": act_id.bytes})
    return act_id


def write_outcome(c: Connection, act_id: UUID, counts: Mapping[str, int]) -> None:
    """Write down what came of it within the caller's transaction."""
    c.execute(_END, {"id": act_id.bytes, "counts": json.dumps(dict(counts))})


def _act(row: Row[Any]) -> OperatorAct:
    return OperatorAct(
        id=UUID(bytes=row.id),
        at=utc(row.at),
        by=Operator(row.who, Way(row.way)),
        verb=Verb(row.verb),
        subject=row.subject,
        asked=row.asked,
        counts=json.loads(row.counts) if row.counts else {},
        ended_at=utc(row.ended_at) if row.ended_at else None,
    )

"""Runs that make renditions anew, in MySQL: what operators ask for. What workers record is in mysql_reingest_work."""

import hashlib
import json
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from shared.adapters.mysql import Database, naive, utc
from shared.adapters.mysql_operator_acts import write_act, write_outcome
from shared.adapters.mysql_reingest_work import MySqlReingestWork
from shared.domain.operator_acts import Operator, Verb
from shared.domain.reingest import Failure, Run, Standing, Which

_CONDITIONS = {
    "image_id": "id = :image_id",
    "username": "username = :username",
    "since": "uploaded_at >= :since",
    "before": "uploaded_at < :before",
    "made_before": "COALESCE(rendered_at, published_at) < :made_before",
    "older_than": "recipe < :older_than",
}
# Of two at once for the same images, and of one that is sent twice, the second changes nothing.
_START = text("""
    INSERT INTO reingest_runs (id, who, which, same_as, standing, started_at, moved_at)
    VALUES (:id, :who, :which, :same_as, :running, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))
    ON DUPLICATE KEY UPDATE id = id""")
_STANDS = text(
    "SELECT * FROM reingest_runs WHERE id = :id OR same_as = :same_as ORDER BY id = :id DESC LIMIT 1"
)
_ASKED = text("UPDATE reingest_runs SET asked = :asked WHERE id = :id")
_NONE = text("DELETE FROM reingest_runs WHERE id = :id")
_LOCK = text("SELECT * FROM reingest_runs WHERE id = :id FOR UPDATE")
_FIND = text("SELECT * FROM reingest_runs WHERE id = :id")
_STAND = text("UPDATE reingest_runs SET standing = :standing, moved_at = UTC_TIMESTAMP(6) WHERE id = :id")
_END = text("UPDATE reingest_runs SET same_as = NULL, ended_at = UTC_TIMESTAMP(6) WHERE id = :id")
_LEAVE = text("DELETE FROM reingest_images WHERE run = :id AND waiting")
_RUNS = text("SELECT * FROM reingest_runs WHERE id < :before ORDER BY id DESC LIMIT :limit")
_FAILURES = text("""
    SELECT r.image_id, r.reason, r.failed_at, i.filename FROM reingest_images r LEFT JOIN images i ON i.id = r.image_id
    WHERE r.run = :run AND NOT r.waiting AND r.image_id < :after ORDER BY r.image_id DESC LIMIT :limit""")
_AFTER_ALL = b"\xff" * 16

CHANGES = {
    Verb.PAUSE_REINGEST: ((Standing.RUNNING,), Standing.PAUSED),
    Verb.RESUME_REINGEST: ((Standing.PAUSED,), Standing.RUNNING),
    Verb.CANCEL_REINGEST: ((Standing.RUNNING, Standing.PAUSED), Standing.CANCELLED),
}
"""From which standings a verb leads to which."""


class MySqlReingest(MySqlReingestWork):
    """Implements shared.ports.reingest.Reingest."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)

    def count(self, which: Which) -> int:
        """How many images a run would be for."""
        where, values = _where(which)
        with self._db.connect() as c:
            return int(c.execute(text(f"SELECT COUNT(*) FROM images WHERE {where}"), values).scalar_one())  # noqa: S608 -- conditions above

    def start(self, run_id: UUID, by: Operator, which: Which) -> Run | None:
        """Write the run and its images down, and the audit's line."""
        where, values = _where(which)
        told = json.dumps(which.as_json, sort_keys=True)
        run = {"id": run_id.bytes, "same_as": hashlib.sha256(told.encode()).digest()}
        gather = text(f"""
            INSERT INTO reingest_images (run, image_id, owner)
            SELECT :run, id, owner FROM images WHERE {where}""")  # noqa: S608 -- conditions above

        def work(c: Connection) -> Run | None:
            c.execute(_START, run | {"who": by.name, "which": told, "running": Standing.RUNNING})
            known = _run(c.execute(_STANDS, run).one())
            if known.id != run_id or known.asked:
                return known
            asked = c.execute(gather, values | {"run": run_id.bytes}).rowcount
            if not asked:
                c.execute(_NONE, {"id": run_id.bytes})
                return None
            c.execute(_ASKED, {"id": run_id.bytes, "asked": asked})
            act = write_act(c, by, Verb.REINGEST, which.sentence, asked)
            write_outcome(c, act, {"begun": asked})
            return _run(c.execute(_FIND, {"id": run_id.bytes}).one())

        return self._db.transact(work)

    def act(self, run_id: UUID, by: Operator, verb: Verb) -> Run | None:
        """Pause, resume or cancel."""
        among, standing = CHANGES[verb]

        def work(c: Connection) -> Run | None:
            row = c.execute(_LOCK, {"id": run_id.bytes}).one_or_none()
            if row is None or (run := _run(row)).standing not in among:
                return _run(row) if row else None
            c.execute(_STAND, {"id": run_id.bytes, "standing": standing})
            if standing.over:
                c.execute(_END, {"id": run_id.bytes})
                c.execute(_LEAVE, {"id": run_id.bytes})
            act = write_act(c, by, verb, f"{run.which.sentence} ({run_id})", run.asked)
            write_outcome(c, act, run.counts)
            return _run(c.execute(_FIND, {"id": run_id.bytes}).one())

        return self._db.transact(work)

    def find(self, run_id: UUID) -> Run | None:
        """One run, or None."""
        with self._db.connect() as c:
            row = c.execute(_FIND, {"id": run_id.bytes}).one_or_none()
            return _run(row) if row else None

    def runs(self, before: UUID | None, limit: int) -> list[Run]:
        """Newest first."""
        fields = {"before": before.bytes if before else _AFTER_ALL, "limit": limit}
        with self._db.connect() as c:
            return [_run(row) for row in c.execute(_RUNS, fields)]

    def failures(self, run_id: UUID, after: UUID | None, limit: int) -> list[Failure]:
        """Those of a run, the newest image first."""
        fields = {"run": run_id.bytes, "after": after.bytes if after else _AFTER_ALL, "limit": limit}
        with self._db.connect() as c:
            return [
                Failure(UUID(bytes=r.image_id), r.filename or "", r.reason, utc(r.failed_at))
                for r in c.execute(_FAILURES, fields)
            ]


def _where(which: Which) -> tuple[str, dict[str, Any]]:
    asked: dict[str, Any] = {name: getattr(which, name) for name in _CONDITIONS}
    asked = {name: value for name, value in asked.items() if value is not None}
    where = " AND ".join(["taken_back_at IS NULL", *(_CONDITIONS[name] for name in asked)])
    for name in {"since", "before", "made_before"} & asked.keys():
        asked[name] = naive(asked[name])
    if which.image_id:
        asked["image_id"] = which.image_id.bytes
    return where, asked


def _run(row: Row[Any]) -> Run:
    return Run(
        id=UUID(bytes=row.id),
        by=row.who,
        which=Which.of_json(json.loads(row.which)),
        standing=Standing(row.standing),
        started_at=utc(row.started_at),
        asked=row.asked,
        made=row.made,
        unchanged=row.unchanged,
        gone=row.gone,
        failed=row.failed,
        ended_at=utc(row.ended_at) if row.ended_at else None,
    )

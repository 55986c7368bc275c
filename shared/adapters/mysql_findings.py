"""What comparisons found, and what operators want repaired, in MySQL."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, text

from shared.adapters.mysql import Database, utc
from shared.domain.consistency import TO_REPAIR, Fault, Finding, FindingState, RepairAct, Suspect
from shared.domain.ids import new_upload_id

_ADD = text("""
    INSERT INTO findings (id, check_id, fault, subject, detail, upload_id, owner, seen_at, state, told)
    VALUES (:id, :check_id, :fault, :subject, :detail, :upload_id, :owner, UTC_TIMESTAMP(6), :state, '')""")
_OF = """
    SELECT * FROM findings WHERE check_id = :check_id AND state IN :states AND id > :after {fault}
    ORDER BY id LIMIT :limit"""
_OF_ALL, _OF_ONE = (
    text(_OF.format(fault=fault)).bindparams(bindparam("states", expanding=True))
    for fault in ("", "AND fault = :fault")
)
_COUNTS = text("SELECT fault, state, COUNT(*) AS n FROM findings WHERE check_id = :id GROUP BY fault, state")
_FIND = text("SELECT * FROM findings WHERE id IN :ids ORDER BY id").bindparams(
    bindparam("ids", expanding=True)
)
_TO_REPAIR = text(
    "SELECT id FROM findings WHERE id IN :ids AND state IN :states ORDER BY id FOR UPDATE"
).bindparams(bindparam("ids", expanding=True), bindparam("states", expanding=True))
_SET = text("UPDATE findings SET state = :state WHERE id IN :ids AND state IN :was").bindparams(
    bindparam("ids", expanding=True), bindparam("was", expanding=True)
)
_DROP = text("DELETE FROM findings WHERE id IN :ids AND state = 'suspected'").bindparams(
    bindparam("ids", expanding=True)
)
_ASK = text("""
    INSERT IGNORE INTO repairs (act, finding, asked_by, at, outcome)
    VALUES (:act, :finding, :by, UTC_TIMESTAMP(6), :outcome)""")
_CLAIM = text("""
    UPDATE repairs SET holder = :holder, held_until = UTC_TIMESTAMP(6) + INTERVAL :seconds SECOND
    WHERE outcome IS NULL AND (held_until IS NULL OR held_until < UTC_TIMESTAMP(6))
    ORDER BY at, act, finding LIMIT 1""")
_CLAIMED = text("""
    SELECT r.act, f.* FROM repairs r JOIN findings f ON f.id = r.finding
    WHERE r.holder = :holder AND r.outcome IS NULL""")
_OUTCOME = text("""
    UPDATE repairs SET outcome = :state, holder = NULL, held_until = NULL
    WHERE act = :act AND finding = :finding AND outcome IS NULL""")
_SETTLE = text("UPDATE findings SET state = :state, told = :told WHERE id = :id AND state = 'asked'")
_ACTS = """
    SELECT act, MAX(asked_by) AS who, MAX(at) AS at, COUNT(*) AS asked,
           SUM(outcome IS NOT NULL AND outcome = 'repaired') AS repaired,
           SUM(outcome IS NOT NULL AND outcome = 'gone') AS gone,
           SUM(outcome IS NOT NULL AND outcome = 'failed') AS failed,
           SUM(outcome IS NULL) AS waiting
    FROM repairs {which} GROUP BY act ORDER BY act DESC LIMIT :limit"""
_ALL_ACTS, _ONE_ACT = text(_ACTS.format(which="")), text(_ACTS.format(which="WHERE act = :act"))
_FORGET = text("DELETE FROM findings WHERE check_id NOT IN :ids").bindparams(bindparam("ids", expanding=True))
_FORGOTTEN = text("""
    UPDATE repairs LEFT JOIN findings f ON f.id = repairs.finding SET outcome = 'gone'
    WHERE outcome IS NULL AND f.id IS NULL""")
_OLD = text("DELETE FROM repairs WHERE at < UTC_TIMESTAMP(6) - INTERVAL 90 DAY")


class MySqlFindings:
    """Implements shared.ports.checks.Findings."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def of(
        self,
        check_id: UUID,
        fault: Fault | None,
        states: Sequence[FindingState],
        after: UUID | None,
        limit: int,
    ) -> list[Finding]:
        """Findings of a check, of one fault or of all, in the order in which they were seen."""
        values: dict[str, Any] = {"check_id": check_id.bytes, "states": list(states), "limit": limit}
        values |= {"after": after.bytes if after else b""} | ({"fault": fault} if fault else {})
        with self._db.connect() as c:
            return [_finding(row) for row in c.execute(_OF_ONE if fault else _OF_ALL, values)]

    def counts(self, check_id: UUID) -> dict[tuple[Fault, FindingState], int]:
        """How many of each fault are in which state."""
        with self._db.connect() as c:
            rows = c.execute(_COUNTS, {"id": check_id.bytes}).all()
        return {(Fault(row.fault), FindingState(row.state)): row.n for row in rows}

    def find_many(self, ids: Sequence[UUID]) -> list[Finding]:
        """Those that exist among these ids."""
        if not ids:
            return []
        with self._db.connect() as c:
            return [_finding(row) for row in c.execute(_FIND, {"ids": [i.bytes for i in ids]})]

    def look_again(self, standing: Sequence[UUID], settled: Sequence[UUID]) -> None:
        """Of suspects: tell of those that still stand, forget the others."""

        def work(c: Connection) -> None:
            if standing:
                _set(c, standing, FindingState.OPEN, [FindingState.SUSPECTED])
            if settled:
                c.execute(_DROP, {"ids": [i.bytes for i in settled]})

        self._db.transact(work)

    def ask(self, act: UUID, by: str, ids: Sequence[UUID]) -> None:
        """Have them wait for a worker; those that can't be asked for any more count as gone."""

        def work(c: Connection) -> None:
            if not ids:
                return
            known = {"ids": [i.bytes for i in ids], "states": list(TO_REPAIR)}
            asked = [UUID(bytes=row.id) for row in c.execute(_TO_REPAIR, known)]
            if asked:
                _set(c, asked, FindingState.ASKED, TO_REPAIR)
            wanted = set(asked)
            rows = [
                {
                    "act": act.bytes,
                    "finding": i.bytes,
                    "by": by,
                    "outcome": None if i in wanted else FindingState.GONE,
                }
                for i in ids
            ]
            c.execute(_ASK, rows)

        self._db.transact(work)

    def claim(self, holder: str, seconds: int) -> tuple[UUID, Finding] | None:
        """The act and the finding that wait longest, for this holder alone."""

        def work(c: Connection) -> tuple[UUID, Finding] | None:
            if not c.execute(_CLAIM, {"holder": holder, "seconds": seconds}).rowcount:
                return None
            row = c.execute(_CLAIMED, {"holder": holder}).one_or_none()
            return (UUID(bytes=row.act), _finding(row)) if row else None

        return self._db.transact(work)

    def settle(self, act: UUID, finding_id: UUID, state: FindingState, told: str) -> None:
        """Write down what came of a repair, once."""

        def work(c: Connection) -> None:
            c.execute(_OUTCOME, {"act": act.bytes, "finding": finding_id.bytes, "state": state})
            c.execute(_SETTLE, {"id": finding_id.bytes, "state": state, "told": told[:500]})

        self._db.transact(work)

    def act(self, act: UUID) -> RepairAct | None:
        """What came of one operator's word."""
        with self._db.connect() as c:
            row = c.execute(_ONE_ACT, {"act": act.bytes, "limit": 1}).one_or_none()
        return _act(row) if row else None

    def acts(self, limit: int) -> list[RepairAct]:
        """The newest first."""
        with self._db.connect() as c:
            return [_act(row) for row in c.execute(_ALL_ACTS, {"limit": limit})]


def add_suspects(c: Connection, check_id: UUID, found: Sequence[Suspect]) -> None:
    """Write suspects down within the caller's transaction."""
    rows = [
        {
            "id": new_upload_id().bytes,
            "check_id": check_id.bytes,
            "fault": suspect.fault,
            "subject": suspect.subject,
            "detail": suspect.detail[:500],
            "upload_id": suspect.upload_id and suspect.upload_id.bytes,
            "owner": suspect.owner and suspect.owner.bytes,
            "state": FindingState.SUSPECTED,
        }
        for suspect in found
    ]
    if rows:
        c.execute(_ADD, rows)


def keep_findings_of(c: Connection, checks: Sequence[UUID]) -> None:
    """Forget all others, within the caller's transaction; a repair that waits for one of them has nothing to do."""
    c.execute(_FORGET, {"ids": [i.bytes for i in checks]})
    c.execute(_FORGOTTEN)
    c.execute(_OLD)


def _set(c: Connection, ids: Sequence[UUID], state: FindingState, was: Sequence[FindingState]) -> None:
    c.execute(_SET, {"ids": [i.bytes for i in ids], "state": state, "was": list(was)})


def _finding(row: Row[Any]) -> Finding:
    suspect = Suspect(
        fault=Fault(row.fault),
        subject=row.subject,
        detail=row.detail,
        upload_id=UUID(bytes=row.upload_id) if row.upload_id else None,
        owner=UUID(bytes=row.owner) if row.owner else None,
    )
    return Finding(
        id=UUID(bytes=row.id),
        check_id=UUID(bytes=row.check_id),
        suspect=suspect,
        seen_at=utc(row.seen_at),
        state=FindingState(row.state),
        told=row.told,
    )


def _act(row: Row[Any]) -> RepairAct:
    return RepairAct(
        act=UUID(bytes=row.act),
        by=row.who,
        at=utc(row.at),
        asked=int(row.asked),
        repaired=int(row.repaired),
        gone=int(row.gone),
        failed=int(row.failed),
        waiting=int(row.waiting),
    )

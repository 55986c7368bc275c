"""What comparisons found, and what operators want repaired, in memory."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from shared.adapters.memory.database import MemoryDatabase, RepairRow, Tables
from shared.domain.consistency import TO_REPAIR, Fault, Finding, FindingState, RepairAct, Suspect
from shared.domain.ids import new_upload_id


class MemoryFindings:
    """Implements shared.ports.checks.Findings."""

    def __init__(self, database: MemoryDatabase) -> None:
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
        found = [f for f in self._db.read().findings.values() if f.check_id == check_id and f.state in states]
        of_fault = [f for f in found if fault is None or f.suspect.fault is fault]
        behind = [f for f in of_fault if after is None or f.id > after]
        return sorted(behind, key=lambda f: f.id)[:limit]

    def counts(self, check_id: UUID) -> dict[tuple[Fault, FindingState], int]:
        """How many of each fault are in which state."""
        found = self._db.read().findings.values()
        return dict(Counter((f.suspect.fault, f.state) for f in found if f.check_id == check_id))

    def find_many(self, ids: Sequence[UUID]) -> list[Finding]:
        """Those that exist among these ids."""
        known = self._db.read().findings
        return [known[i] for i in sorted(set(ids)) if i in known]

    def look_again(self, standing: Sequence[UUID], settled: Sequence[UUID]) -> None:
        """Of suspects: tell of those that still stand, forget the others."""
        with self._db.transaction() as tables:
            for i in (*standing, *settled):
                found = tables.findings.get(i)
                if found is None or found.state is not FindingState.SUSPECTED:
                    continue
                if i in standing:
                    tables.findings[i] = replace(found, state=FindingState.OPEN)
                else:
                    del tables.findings[i]

    def ask(self, act: UUID, by: str, ids: Sequence[UUID]) -> None:
        """Have them wait for a worker; those that can't be asked for any more count as gone."""
        with self._db.transaction() as tables:
            for i in ids:
                found = tables.findings.get(i)
                wanted = found is not None and found.state in TO_REPAIR
                if found is not None and wanted:
                    tables.findings[i] = replace(found, state=FindingState.ASKED)
                outcome = None if wanted else FindingState.GONE
                tables.repairs.setdefault((act, i), RepairRow(by, self._db.now(), outcome))

    def claim(self, holder: str, seconds: int) -> tuple[UUID, Finding] | None:
        """The act and the finding that wait longest, for this holder alone."""
        now = self._db.now()
        with self._db.transaction() as tables:
            free = [
                (row.at, act, i)
                for (act, i), row in tables.repairs.items()
                if row.outcome is None and (row.held_until is None or row.held_until < now)
            ]
            if not free:
                return None
            _, act, i = min(free)
            until = now + timedelta(seconds=seconds)
            tables.repairs[act, i] = replace(tables.repairs[act, i], holder=holder, held_until=until)
            return act, tables.findings[i]

    def settle(self, act: UUID, finding_id: UUID, state: FindingState, told: str) -> None:
        """Write down what came of a repair, once."""
        with self._db.transaction() as tables:
            row = tables.repairs[act, finding_id]
            if row.outcome is None:
                tables.repairs[act, finding_id] = RepairRow(row.by, row.at, state)
            found = tables.findings.get(finding_id)
            if found is not None and found.state is FindingState.ASKED:
                tables.findings[finding_id] = replace(found, state=state, told=told[:500])

    def act(self, act: UUID) -> RepairAct | None:
        """What came of one operator's word."""
        return next((known for known in self.acts(len(self._db.read().repairs)) if known.act == act), None)

    def acts(self, limit: int) -> list[RepairAct]:
        """The newest first."""
        repairs = self._db.read().repairs
        acts = sorted({act for act, _ in repairs}, reverse=True)[:limit]
        return [_act(act, [row for (of, _), row in repairs.items() if of == act]) for act in acts]


def add_suspects(tables: Tables, check_id: UUID, found: Sequence[Suspect], now: datetime) -> None:
    """Write suspects down."""
    for suspect in found:
        finding_id = new_upload_id()
        tables.findings[finding_id] = Finding(finding_id, check_id, suspect, now, FindingState.SUSPECTED)


def keep_findings_of(tables: Tables, checks: Sequence[UUID]) -> None:
    """Forget all others; a repair that waits for one of them has nothing to do."""
    tables.findings = {i: f for i, f in tables.findings.items() if f.check_id in checks}
    for (act, i), row in tables.repairs.items():
        if row.outcome is None and i not in tables.findings:
            tables.repairs[act, i] = RepairRow(row.by, row.at, FindingState.GONE)


def _act(act: UUID, rows: Sequence[RepairRow]) -> RepairAct:
    outcomes = Counter(row.outcome for row in rows)
    return RepairAct(
        act=act,
        by=rows[0].by,
        at=rows[0].at,
        asked=len(rows),
        repaired=outcomes[FindingState.REPAIRED],
        gone=outcomes[FindingState.GONE],
        failed=outcomes[FindingState.FAILED],
        waiting=outcomes[None],
    )

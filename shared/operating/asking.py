"""What operators ask for: a check at once, and repairs. A worker's tick does it within a minute."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from shared.domain.consistency import TO_REPAIR, Fault, Finding, RepairAct
from shared.domain.operator_acts import Operator, Verb
from shared.operating.parts import OperatingParts
from shared.ports.checks import Findings

PAGE = 500


def ask_for_check(parts: OperatingParts, by: Operator, *, full_hash: bool) -> bool:
    """Have a check begin; False when one is running already. Raises CatalogueUnavailable."""
    act = parts.operator_acts.begin(
        by, Verb.CHECK, "every original is hashed" if full_hash else "a sample", 1
    )
    begun = parts.checks.start(by.name, full_hash=full_hash)
    parts.operator_acts.end(act, {"begun": int(begun), "running": int(not begun)})
    return begun


def ask_for_repair(parts: OperatingParts, by: Operator, ids: Sequence[UUID], subject: str) -> RepairAct:
    """Have these findings wait for a worker. Those that are repaired or asked for already count as gone, so that a
    second click changes nothing. Raises CatalogueUnavailable, and then may be done again."""
    ids = list(dict.fromkeys(ids))
    act = parts.operator_acts.begin(by, Verb.REPAIR, subject, len(ids))
    for start in range(0, len(ids), PAGE):
        parts.findings.ask(act, by.name, ids[start : start + PAGE])
    came = parts.findings.act(act)
    if came is None:
        raise LookupError("an act about nothing")
    if not came.waiting:
        parts.operator_acts.end(act, {"repaired": came.repaired, "gone": came.gone, "failed": came.failed})
    return came


def to_repair(findings: Findings, check_id: UUID, fault: Fault | None) -> Iterator[Finding]:
    """Every finding of a check, of one fault or of all, that a repair can be asked for."""
    after: UUID | None = None
    while page := findings.of(check_id, fault, TO_REPAIR, after, PAGE):
        yield from page
        after = page[-1].id

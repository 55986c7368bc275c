"""Comparing S3 and MySQL, and repairs, for operators' tools."""

from shared.domain.consistency import Fault
from shared.domain.ids import parse_id
from shared.domain.operator_acts import Operator, Way
from shared.operating.asking import ask_for_check, ask_for_repair
from shared.ports.sessions import Viewer
from web.http.api import Access, Answer, Routes
from web.http.inputs import id_in_body
from web.http.parts import parts
from web.http.problems import Problem, not_found
from web.operators.consistency import TOLD, outcome
from web.operators.consistency_schema import (
    MAX_IDS,
    ActId,
    AskForRepair,
    BeginCheck,
    CheckResource,
    ConsistencyResource,
    FaultResource,
    FindingList,
    FindingResource,
    ListFindings,
    RepairResource,
)

routes = Routes()


@routes.add(
    "GET",
    "/consistency",
    access=Access.OPERATOR,
    answer=Answer(200, "The last check and the one that is running.", ConsistencyResource),
)
def get_consistency() -> ConsistencyResource:
    """Whether the records and what is stored agree."""
    known, running = outcome(), parts().checks.running()
    return ConsistencyResource(
        running=CheckResource.of(running) if running else None,
        last=CheckResource.of(known.check) if known else None,
        faults=[FaultResource.of(group) for group in known.groups] if known else [],
    )


@routes.add(
    "POST",
    "/consistency/check",
    access=Access.OPERATOR,
    answer=Answer(202, "A worker begins within a minute.", CheckResource),
    problems=("check_running",),
)
def begin_check(viewer: Viewer, body: BeginCheck | None) -> CheckResource:
    """Compare S3 and MySQL now.

    A check reads and changes nothing. One runs at a time.
    """
    begun = ask_for_check(
        parts(), Operator(viewer.username, Way.API), full_hash=bool(body and body.full_hash)
    )
    check = parts().checks.running()
    if not begun or check is None:
        raise Problem(409, "check_running", "A check is running already.")
    return CheckResource.of(check)


@routes.add(
    "GET",
    "/consistency/findings",
    access=Access.OPERATOR,
    answer=Answer(200, "Findings.", FindingList),
    problems=("invalid_cursor", "invalid_limit"),
)
def list_findings(query: ListFindings) -> FindingList:
    """What the last check found, and what became of it."""
    last = parts().checks.last()
    if last is None:
        return FindingList(items=[], next_cursor=None)
    fault = Fault(query.fault) if query.fault else None
    found = parts().findings.of(last.id, fault, TOLD, query.cursor, query.limit + 1)
    shown = found[: query.limit]
    return FindingList(
        items=[FindingResource.of(finding) for finding in shown],
        next_cursor=str(shown[-1].id) if len(found) > query.limit else None,
    )


@routes.add(
    "POST",
    "/consistency/repairs",
    access=Access.OPERATOR,
    answer=Answer(202, "What waits for a worker, and what need not.", RepairResource),
    problems=("too_many_ids", "invalid_field"),
)
def ask_repair(viewer: Viewer, body: AskForRepair) -> RepairResource:
    """Repair findings.

    Each is looked at again before anything is done. Follow the answer's id.
    """
    if len(body.ids) > MAX_IDS:
        raise Problem(422, "too_many_ids", f"Give {MAX_IDS} ids at most.")
    ids = [id_in_body(text) for text in body.ids]
    subject = body.ids[0] if len(ids) == 1 else f"{len(ids)} findings"
    return RepairResource.of(ask_for_repair(parts(), Operator(viewer.username, Way.API), ids, subject))


@routes.add(
    "GET",
    "/consistency/repairs/<act_id>",
    access=Access.OPERATOR,
    answer=Answer(200, "What came of it so far.", RepairResource),
    problems=("not_found",),
)
def get_repair(act_id: ActId) -> RepairResource:
    """What came of a repair that was asked for."""
    known = parse_id(act_id)
    act = parts().findings.act(known) if known else None
    if act is None:
        raise not_found("This act")
    return RepairResource.of(act)

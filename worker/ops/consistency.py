"""S3 and MySQL compared and repaired, and what quarantine holds put back."""

import argparse
import time
from collections.abc import Iterator, Mapping
from uuid import UUID

from shared.domain.consistency import TO_REPAIR, Check, Fault, Finding, FindingState
from shared.domain.ids import parse_id
from shared.domain.operator_acts import Verb
from shared.operating.asking import ask_for_check, ask_for_repair, to_repair
from shared.operating.consistency import check_a_while
from shared.parts import WorkerParts
from shared.quarantine import Quarantine, quarantined_upload_of
from worker.consistency import repair_asked
from worker.ops.command import Answer, Command, Row, operator

TURN_SECONDS = 60.0  # then it is written down once more that this worker is at it
WAIT_SECONDS = 2.0  # while another worker is at it
UNREPAIRED = (*TO_REPAIR, FindingState.ASKED)


def _check(parts: WorkerParts, given: argparse.Namespace) -> Answer:
    """Compare now, to the end, whoever else takes part in it; one that is running is gone on with."""
    ask_for_check(parts, operator(), full_hash=given.full_hash)
    running = parts.checks.running()
    while parts.checks.running():
        if check_a_while(parts, seconds=TURN_SECONDS) is None:
            time.sleep(WAIT_SECONDS)
    check = parts.checks.last()
    if check is None or running is None:
        return Answer([{"sentence": "The check has ended without a trace."}], _told, status=1)
    rows = [*_rows(parts, check), _summary(parts, check)]
    return Answer(rows, _told, status=1 if len(rows) > 1 or check.beyond else 0)


def _findings(parts: WorkerParts, _given: argparse.Namespace) -> Answer:
    check = parts.checks.last()
    if check is None:
        return Answer([{"sentence": "Nothing was compared yet."}], _told)
    return Answer([*_rows(parts, check), _summary(parts, check)], _told)


def _rows(parts: WorkerParts, check: Check) -> Iterator[Row]:
    after: UUID | None = None
    while page := parts.findings.of(check.id, None, UNREPAIRED, after, 500):
        yield from map(_row, page)
        after = page[-1].id


def _row(finding: Finding) -> Row:
    suspect = finding.suspect
    return {
        "id": str(finding.id),
        "fault": suspect.fault,
        "subject": suspect.subject,
        "detail": suspect.detail,
        "state": finding.state,
        "told": finding.told,
    }


def _summary(parts: WorkerParts, check: Check) -> Row:
    counts = parts.findings.counts(check.id)
    left = sum(n for (_, state), n in counts.items() if state in UNREPAIRED) + sum(check.beyond.values())
    looked = ", ".join(f"{n:,} {what}" for what, n in check.looked.items())
    said = f"{left:,} not as they should be. Looked at: {looked or 'nothing'}."
    return {"check": str(check.id), "unrepaired": left, "looked": dict(check.looked), "sentence": said}


def _told(row: Mapping[str, object]) -> str:
    if "sentence" in row:
        return str(row["sentence"])
    return f"{row['id']} {row['fault']} {row['subject']} {row['told'] or row['detail']}"


def _repair(parts: WorkerParts, given: argparse.Namespace) -> Answer:
    """Ask and do it at once, as the tick would within a minute."""
    check = parts.checks.last()
    if check is None:
        return Answer([{"sentence": "Nothing was compared yet."}], _told, status=1)
    if given.what in tuple(Fault):
        ids = [finding.id for finding in to_repair(parts.findings, check.id, Fault(given.what))]
    else:
        ids = [UUID(given.what)]
    if not ids:
        return Answer([{"sentence": "Nothing is left to repair."}], _told)
    act = ask_for_repair(parts, operator(), ids, given.what)
    repair_asked(parts, only=act.act)
    came = parts.findings.act(act.act) or act
    rows: list[Row] = [
        _row(finding) for start in range(0, len(ids), 500) for finding in _some(parts, ids, start)
    ]
    said = (
        f"Asked for {came.asked:,}: {came.repaired:,} repaired, {came.gone:,} in order meanwhile, "
        f"{came.failed:,} not repaired, {came.waiting:,} with another worker."
    )
    counts = {"asked": came.asked, "repaired": came.repaired, "gone": came.gone, "failed": came.failed}
    told: Row = {**counts, "waiting": came.waiting, "sentence": said}
    return Answer([*rows, told], _told, status=1 if came.failed or came.waiting else 0)


def _some(parts: WorkerParts, ids: list[UUID], start: int) -> list[Finding]:
    return parts.findings.find_many(ids[start : start + 500])


def _put_back(parts: WorkerParts, given: argparse.Namespace) -> Answer:
    upload_id = quarantined_upload_of(given.key)
    upload = parts.uploads.find(upload_id) if upload_id else None
    act = parts.operator_acts.begin(operator(), Verb.PUT_BACK, given.key, 1)
    gone = upload is not None and upload.status.gone
    done = not gone and Quarantine(parts.store).put_back(given.key)
    parts.operator_acts.end(act, {"done": int(done), "not_done": int(not done)})
    if done:
        said = "It is where it was."
    elif gone:
        said = "Its owner took it back: it may not come back."
    else:
        said = "Nothing was changed: there is no such copy, or something is where it came from."
    return Answer([{"key": given.key, "done": done, "sentence": said}], _told, status=0 if done else 1)


def _what(text: str) -> str:
    if text in tuple(Fault):
        return text
    if (finding := parse_id(text)) is None:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a fault nor a finding’s id")
    return str(finding)


def _how_much(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--full-hash", action="store_true", help="read every original, not one in a hundred")


def _which(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", type=_what, metavar="FAULT|ID", help=f"a finding’s id, or {', '.join(Fault)}")


def _key(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("key", metavar="KEY", help="quarantine/…, as the bucket lists it")


def _nothing(_parser: argparse.ArgumentParser) -> None:
    pass


COMMANDS = (
    Command("check", "compare S3 and MySQL; exit code 1 when they differ", _how_much, _check),
    Command("findings", "what the last check found and is not repaired", _nothing, _findings),
    Command("repair", "repair what the last check found", _which, _repair),
    Command("put-back", "move something out of quarantine to where it was", _key, _put_back),
)

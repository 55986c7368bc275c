"""What an operator does to failed uploads, told so that it adds up."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from shared.domain.operator_acts import Operator, Verb
from shared.domain.refusals import Refusal
from shared.domain.uploads import State, Upload
from shared.operating.parts import OperatingParts
from shared.operating.redriving import Redriven, redrive
from shared.ports.unavailable import Unavailable
from shared.ports.work_queue import QueueUnavailable

log = structlog.get_logger(__name__)
STEP = 200
"""Uploads that are looked up at once."""


@dataclass(frozen=True)
class Result:
    """What became of all that was asked for: the four others add up to `asked`."""

    verb: Verb
    asked: int
    done: int
    not_failed: int
    not_staged: int
    unreached: int

    @property
    def counts(self) -> dict[str, int]:
        """The four, by name."""
        return {
            "done": self.done,
            "not_failed": self.not_failed,
            "not_staged": self.not_staged,
            "unreached": self.unreached,
        }

    @property
    def sentence(self) -> str:
        """All of it in words."""
        told = [f"{self.done:,} {'sent again' if self.verb is Verb.REDRIVE else 'discarded'}"]
        told.append(f"{self.not_failed:,} no longer failed")
        if self.verb is Verb.REDRIVE:
            told.append(f"{self.not_staged:,} with nothing staged")
        if self.unreached:
            told.append(f"{self.unreached:,} not reached, as a part of the portal is away")
        return f"Asked for {self.asked:,}: {', '.join(told)}."


def act_on(parts: OperatingParts, by: Operator, verb: Verb, ids: Sequence[UUID], subject: str) -> Result:
    """Do it to each that is failed still. What is away ends it early, and is told. Raises Unavailable when the audit
    can't be written, and then nothing was done."""
    act_id = parts.operator_acts.begin(by, verb, subject, len(ids))
    become: Counter[Redriven] = Counter()
    try:
        for start in range(0, len(ids), STEP):
            step = ids[start : start + STEP]
            known = parts.uploads.find_many(step)
            for upload_id in step:
                upload = known.get(upload_id)
                outcome = _one(parts, verb, upload) if upload else Redriven.NOT_FAILED
                become[outcome] += 1
                log.info(verb, upload_id=str(upload_id), operator=by.name, outcome=outcome.name.lower())
    except QueueUnavailable as error:  # its record begins anew already, and the sweep will send it
        become[Redriven.SENT] += 1
        log.warning("the sweep will send the last one", verb=verb, operator=by.name, error=str(error))
    except Unavailable as error:
        log.warning("an operator's act stopped early", verb=verb, operator=by.name, error=str(error))
    result = Result(
        verb=verb,
        asked=len(ids),
        done=become[Redriven.SENT],
        not_failed=become[Redriven.NOT_FAILED],
        not_staged=become[Redriven.NOT_STAGED],
        unreached=len(ids) - become.total(),
    )
    try:
        parts.operator_acts.end(act_id, result.counts)
    except Unavailable as error:  # the audit shows it without an end
        log.warning(
            "what came of an act isn't in the audit", act=str(act_id), error=str(error), **result.counts
        )
    return result


def _one(parts: OperatingParts, verb: Verb, upload: Upload) -> Redriven:
    if verb is Verb.DISCARD:
        discarded = parts.failed_uploads.discard(upload.id, Refusal.DISCARDED.sentence)
        return Redriven.SENT if discarded else Redriven.NOT_FAILED
    if upload.status is not State.FAILED:  # once published, staging is empty: that is no fault
        return Redriven.NOT_FAILED
    return redrive(upload, store=parts.store, recovery=parts.recovery, queue=parts.queue)

"""What an operator does to failed uploads, told so that it adds up."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import structlog

from shared.domain.refusals import Refusal
from shared.domain.uploads import State, Upload
from shared.ports.unavailable import Unavailable
from shared.ports.work_queue import QueueUnavailable
from shared.redriving import Redriven, redrive
from web.http.parts import parts

log = structlog.get_logger(__name__)
MOST = 200
"""Uploads in one request: each costs S3, MySQL and SQS a call, and the request must end long before its time is up."""


class Verb(StrEnum):
    """What is done."""

    REDRIVE = "redrive"
    DISCARD = "discard"


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
    def sentence(self) -> str:
        """All of it in words."""
        told = [f"{self.done:,} {'sent again' if self.verb is Verb.REDRIVE else 'discarded'}"]
        told.append(f"{self.not_failed:,} no longer failed")
        if self.verb is Verb.REDRIVE:
            told.append(f"{self.not_staged:,} with nothing staged")
        if self.unreached:
            told.append(f"{self.unreached:,} not reached, as a part of the portal is away")
        return f"Asked for {self.asked:,}: {', '.join(told)}."


def act_on(verb: Verb, ids: Sequence[UUID], operator: str) -> Result:
    """Do it to each that is failed still. What is away ends it early, and is told."""
    become: Counter[Redriven] = Counter()
    try:
        known = parts().uploads.find_many(ids)
        for upload_id in ids:
            upload = known.get(upload_id)
            outcome = _one(verb, upload) if upload else Redriven.NOT_FAILED
            become[outcome] += 1
            log.info(verb, upload_id=str(upload_id), operator=operator, outcome=outcome.name.lower())
    except QueueUnavailable as error:  # its record begins anew already, and the sweep will send it
        become[Redriven.SENT] += 1
        log.warning("the sweep will send the last one", verb=verb, operator=operator, error=str(error))
    except Unavailable as error:
        log.warning("an operator's act stopped early", verb=verb, operator=operator, error=str(error))
    return Result(
        verb=verb,
        asked=len(ids),
        done=become[Redriven.SENT],
        not_failed=become[Redriven.NOT_FAILED],
        not_staged=become[Redriven.NOT_STAGED],
        unreached=len(ids) - become.total(),
    )


def _one(verb: Verb, upload: Upload) -> Redriven:
    if verb is Verb.DISCARD:
        discarded = parts().failed_uploads.discard(upload.id, Refusal.DISCARDED.sentence)
        return Redriven.SENT if discarded else Redriven.NOT_FAILED
    if upload.status is not State.FAILED:  # once published, staging is empty: that is no fault
        return Redriven.NOT_FAILED
    return redrive(upload, store=parts().store, recovery=parts().recovery, queue=parts().queue)

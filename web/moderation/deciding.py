"""Reports, acts and answers of one viewer, as pages and API make them.

The record is what counts: once it says so, an image is hidden or removed, and the sweep sends whatever message is not
sent.
"""

from uuid import UUID

from shared.domain.ids import parse_id
from shared.domain.moderation import Act, Decision, Reason, Verb
from shared.ports.moderation import Answered, Case, Done, Impossible, Reported, Stale
from shared.ports.sessions import Viewer
from web.http.messages import send
from web.http.parts import parts
from web.http.problems import Problem, not_found
from web.moderation.words import happened, kept_answer, kept_note, kept_report, seen_in
from web.views.missing import missing

A_DAY_SECONDS = 24 * 60 * 60


def report(viewer: Viewer, image_id: str, reason: Reason, text: str) -> None:
    """Record a report. Raises a Problem: 404 or 410 for what nobody sees, 409 for a second one, 429 for too many."""
    kept = kept_report(reason, text)
    known = parse_id(image_id)
    outcome = (
        parts().reports.add(viewer.owner, viewer.username, known, reason, kept) if known else Reported.UNKNOWN
    )
    match outcome:
        case Reported.NEW:
            return
        case Reported.ALREADY:
            raise Problem(
                409, "already_reported", "You have reported this image already. Moderators will look."
            )
        case Reported.TOO_MANY:
            detail = "You have reported very many images today. Moderators will look at those first."
            raise Problem(429, "too_many_reports", detail, retry_after=A_DAY_SECONDS)
        case Reported.UNKNOWN:
            raise missing(parts().uploads.find(known) if known else None)


def case_of(image_id: str) -> Case:
    """An image as moderators see it. Raises a 404 Problem."""
    known = parse_id(image_id)
    case = parts().reports.case(known) if known else None
    if case is None:
        raise not_found("This image")
    return case


def act(viewer: Viewer, image_id: UUID, verb: Verb, reason: Reason | None, note: str, state: str) -> Act:
    """Do it, on what the moderator saw. Raises a 404, 409 or 422 Problem, and then nothing is done."""
    kept = kept_note(verb, reason, note)
    decision = Decision(viewer.owner, viewer.username, image_id, verb, reason, kept, seen_in(state))
    match parts().moderation.act(decision):
        case Done(act=done, erasable_in=erasable_in):
            if erasable_in is not None:
                send(parts().queue, done.owner, done.image_id, erasable_in)
            return done
        case Stale(acts=acts, more_reports=more):
            raise Problem(409, "acted_meanwhile", _meanwhile([happened(a) for a in acts], more))
        case Impossible(standing=standing):
            detail = f"Nothing was done: this image is {standing.words}, and there is nothing to {verb}."
            raise Problem(409, "not_possible", detail)
        case None:
            raise not_found("This image")


def answer(viewer: Viewer, act_id: str, text: str) -> None:
    """Record an owner's answer. Raises a 404, 409 or 422 Problem."""
    kept = kept_answer(text)
    known = parse_id(act_id)
    outcome = parts().moderation.answer(known, viewer.owner, kept) if known else Answered.UNKNOWN
    if outcome is Answered.UNKNOWN:
        raise not_found("This notice")
    if outcome is Answered.ALREADY:
        raise Problem(
            409, "already_answered", "You have answered this notice already. Moderators read that answer."
        )


def _meanwhile(said: list[str], more_reports: int) -> str:
    if more_reports:
        said.append(f"{more_reports} more {'report has' if more_reports == 1 else 'reports have'} come.")
    return f"Nothing was done, as something has happened since you looked. {' '.join(said)}"

"""What is written with reports, acts and answers, judged the same on pages and over the API."""

import re

from shared.domain.limits import clean_caption
from shared.domain.moderation import (
    MAX_ANSWER_CHARACTERS,
    MAX_NOTE_CHARACTERS,
    MAX_REPORT_CHARACTERS,
    Act,
    Reason,
    Seen,
    Verb,
)
from web.http.problems import Problem

STATE = "[0-9]{1,9}-[0-9]{1,9}"


def kept_report(reason: Reason, text: str) -> str:
    """A report's words as they are kept. Raises a 422 Problem."""
    kept = _kept(text, MAX_REPORT_CHARACTERS)
    if reason is Reason.OTHER and not kept:
        raise Problem(422, "missing_field", "Say in a few words what is wrong.")
    return kept


def kept_note(verb: Verb, reason: Reason | None, text: str) -> str:
    """An act's words as they are kept. Raises a 422 Problem, also when the owner would be told no reason."""
    kept = _kept(text, MAX_NOTE_CHARACTERS)
    if verb.needs_reason and reason is None:
        raise Problem(422, "missing_field", "Choose a reason: the owner is told it.")
    if reason is Reason.OTHER and not kept:
        raise Problem(422, "missing_field", "Say in a few words what the reason is.")
    return kept


def kept_answer(text: str) -> str:
    """An answer as it is kept. Raises a 422 Problem."""
    if not (kept := _kept(text, MAX_ANSWER_CHARACTERS)):
        raise Problem(422, "missing_field", "Write your answer first.")
    return kept


def _kept(text: str, most: int) -> str:
    if len(kept := clean_caption(text)) > most:
        raise Problem(422, "invalid_field", f"At most {most:,} characters; these are {len(kept):,}.")
    return kept


def state_of(seen: Seen) -> str:
    """What a decision is made on, as forms and programs send it back."""
    return f"{seen.acts}-{seen.reports}"


def seen_in(state: str) -> Seen:
    """The reverse. Raises a 422 Problem."""
    if not re.fullmatch(STATE, state):
        raise Problem(422, "invalid_field", "state: this is not one that the portal gave out.")
    acts, reports = state.split("-")
    return Seen(int(acts), int(reports))


def happened(act: Act) -> str:
    """An act as a sentence."""
    why = f" ({act.reason.words.lower()})" if act.reason else ""
    return f"{act.username} {act.verb.past} this image on {act.at:%d %B %Y, %H:%M} UTC{why}."

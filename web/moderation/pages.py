"""Moderators' pages: what is reported, one image, and the audit. All of it works without scripts."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from shared.domain.ids import parse_id
from shared.domain.moderation import MAX_NOTE_CHARACTERS, Reason, Verb
from shared.ports.moderation import Case, Wanted
from shared.ports.sessions import Viewer
from web.http.guards import moderator_required
from web.http.paging import cursor
from web.http.parts import parts
from web.http.problems import Problem, not_found
from web.moderation import deciding
from web.moderation.audit import csv_of, json_lines_of
from web.moderation.holding import waiting
from web.moderation.listing import place_among_held, wanted_acts
from web.moderation.words import state_of
from web.views.image import ImageView

bp = Blueprint("moderation", __name__)
CASES, ANSWERS, ACTS, HELD = 20, 10, 50, 50
HELD_TITLE = "held-title"  # its id on the page


@bp.get("/moderation")
@moderator_required
def page(_viewer: Viewer) -> Any:
    """Images with open reports, uploads that are held, and what owners answered last."""
    begins, place = cursor(), place_among_held()
    found = parts().reports.cases(begins, CASES + 1)
    cases = found[:CASES]
    held, more_held = waiting(place, HELD)
    return render_template(
        "moderation/page.html",
        cases=cases,
        images=_images(cases),
        held=held,
        place=place,
        newest_held_url=url_for(".page", cursor=begins, _anchor=HELD_TITLE),
        more_held_url=url_for(".page", cursor=begins, held=more_held, _anchor=HELD_TITLE)
        if more_held
        else None,
        answered=parts().moderation.acts(Wanted(answered=True), None, ANSWERS),
        next_url=url_for(".page", cursor=cases[-1].first_id, held=place) if len(found) > CASES else None,
        **_for_decisions(),
    )


@bp.get("/moderation/images/<image_id>")
@moderator_required
def case(_viewer: Viewer, image_id: str) -> Any:
    """One image: its reports, what was done, and what can be."""
    return _case_page(image_id)


@bp.post("/moderation/acts")
@moderator_required
def act(me: Viewer) -> Any:
    """Does it; removing is asked for twice. What was typed stays when something is in its way."""
    image_id, verb = request.form.get("id", ""), request.form.get("verb", "")
    known = parse_id(image_id)
    if known is None or verb not in tuple(Verb):
        raise not_found("This image")
    if verb == Verb.REMOVE and "confirmed" not in request.form:
        return _case_page(image_id, confirm=True)
    given = request.form.get("reason", "")
    reason = Reason(given) if given in tuple(Reason) else None
    try:
        done = deciding.act(
            me, known, Verb(verb), reason, request.form.get("note", ""), request.form.get("state", "")
        )
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        return _case_page(image_id, error=problem.detail), problem.status
    whose = f"the image by {done.owner_name}" if done.owner_name else "an erased image"
    flash(f"You {done.verb.past} {whose}.", "success")
    return redirect(url_for(".page"), 303)


@bp.get("/moderation/audit")
@moderator_required
def audit(_viewer: Viewer) -> Any:
    """What moderators did, newest first."""
    found = parts().moderation.acts(_wanted(), cursor(), ACTS + 1)
    shown = found[:ACTS]
    return render_template(
        "moderation/audit.html",
        acts=shown,
        verbs=list(Verb),
        conditions=_conditions(),
        next_url=url_for(".audit", **_conditions(), cursor=shown[-1].id) if len(found) > ACTS else None,
    )


@bp.get("/moderation/audit.jsonl")
@moderator_required
def audit_lines(_viewer: Viewer) -> Any:
    """The same as a file, a JSON object a line."""
    return json_lines_of(parts().moderation, _wanted())


@bp.get("/moderation/audit.csv")
@moderator_required
def audit_table(_viewer: Viewer) -> Any:
    """The same as a file for spreadsheets."""
    return csv_of(parts().moderation, _wanted())


def _conditions() -> dict[str, Any]:
    names = ("verb", "moderator", "image_id")
    return {name: text for name in names if (text := request.args.get(name, "").strip())}


def _wanted() -> Wanted:
    return wanted_acts(**{"verb": "", "moderator": "", "image_id": ""} | _conditions())


def _case_page(image_id: str, *, error: str = "", confirm: bool = False) -> str:
    found = deciding.case_of(image_id)
    return render_template(
        "moderation/case.html",
        case=found,
        image=_images([found]).get(found.image_id),
        acts=parts().moderation.acts(Wanted(image_id=found.image_id), None, ACTS),
        error=error,
        confirm=confirm,
        typed={name: request.form.get(name, "") for name in ("reason", "note")},
        **_for_decisions(),
    )


def _images(cases: list[Case]) -> dict[object, ImageView]:
    return {case.image_id: ImageView.of(case.image, parts().media) for case in cases if case.image}


def _for_decisions() -> dict[str, Any]:
    return {"reasons": list(Reason), "most": MAX_NOTE_CHARACTERS, "state_of": state_of, "verbs": list(Verb)}

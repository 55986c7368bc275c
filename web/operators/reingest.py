"""Renditions made anew, for operators: begin, watch, pause, resume, cancel. All of it works without scripts."""

from typing import Any

import structlog
from flask import Blueprint, flash, redirect, render_template, request, url_for

from shared.domain.ids import new_upload_id, parse_id
from shared.domain.images import RECIPE
from shared.domain.operator_acts import Operator, Verb, Way
from shared.domain.receiving import pause_of
from shared.domain.reingest import Run
from shared.operating.reingest import STANDS, Told, WhichFault, act, start, which_of
from shared.ports.sessions import Viewer
from shared.ports.unavailable import Unavailable
from web.http.guards import acting_required, operator_required
from web.http.paging import cursor
from web.http.parts import parts
from web.http.problems import not_found

bp = Blueprint("reingest", __name__)
log = structlog.get_logger(__name__)
RUNS, FAILURES = 20, 50
FIELDS = ("image", "username", "since", "before", "made_before", "older_than")


@bp.get("/ops/reingest")
@operator_required
def page(_viewer: Viewer) -> Any:
    """The runs, and the form that begins one."""
    return _page({})


@bp.get("/ops/reingest/list")
@operator_required
def runs(_viewer: Viewer) -> Any:
    """The runs alone, for pages that refresh themselves."""
    return render_template("operators/_reingest.html", **_runs())


@bp.get("/ops/reingest/confirm")
@acting_required
def confirm(_viewer: Viewer) -> Any:
    """Which images are meant, and how many; nothing happens yet."""
    try:
        which = which_of(_asked(request.args))
    except WhichFault as fault:
        return _page(fault.errors), 422
    return render_template(
        "operators/reingest_confirm.html",
        which=which,
        count=parts().reingest.count(which),
        given=_asked(request.args),
        run_id=new_upload_id(),
    )


@bp.post("/ops/reingest/runs")
@operator_required
def begin(me: Viewer) -> Any:
    """Begins the run that was confirmed: a second click finds it begun."""
    run_id = parse_id(request.form.get("run", ""))
    if run_id is None:
        raise not_found("This run")
    try:
        which = which_of(_asked(request.form))
    except WhichFault as fault:
        return _page(fault.errors), 422
    return _seen(start(parts(), Operator(me.username, Way.PAGE), which, run_id))


@bp.get("/ops/reingest/<run_id>")
@operator_required
def one(_viewer: Viewer, run_id: str) -> Any:
    """One run, with what failed in it and why."""
    run = run_of(run_id)
    found = parts().reingest.failures(run.id, cursor(), FAILURES + 1)
    shown = found[:FAILURES]
    more = url_for(".one", run_id=run.id, cursor=shown[-1].image_id) if len(found) > FAILURES else None
    return render_template("operators/reingest_run.html", run=run, failures=shown, next_url=more)


@bp.get("/ops/reingest/<run_id>/cancel")
@acting_required
def confirm_cancel(_viewer: Viewer, run_id: str) -> Any:
    """What cancelling it means; nothing happens yet."""
    return render_template("operators/reingest_cancel.html", run=run_of(run_id))


@bp.post("/ops/reingest/acts")
@operator_required
def change(me: Viewer) -> Any:
    """Pauses, resumes or cancels; a second click finds it done."""
    run, verb = run_of(request.form.get("run", "")), request.form.get("verb", "")
    if verb not in tuple(STANDS):
        raise not_found()
    return _seen(act(parts(), Operator(me.username, Way.PAGE), run.id, Verb(verb)))


def _seen(told: Told) -> Any:
    flash(told.sentence, "success" if told.done else "info")
    return redirect(url_for(".page"), 303)


def _page(errors: dict[str, str] | Any) -> str:
    form = request.form if request.method == "POST" else request.args
    return render_template("operators/reingest.html", form=form, errors=errors, recipe=RECIPE, **_runs())


def _runs() -> dict[str, Any]:
    """The newest runs, or None while the records can't be read."""
    try:
        found = parts().reingest.runs(cursor(), RUNS + 1)
        pause = pause_of(parts().receiving.wishes())
    except Unavailable as error:
        log.warning("the runs can't be read", error=str(error))
        return {"runs": None, "next_url": None, "receiving_paused": False}
    shown = found[:RUNS]
    more = url_for(".page", cursor=shown[-1].id) if len(found) > RUNS else None
    return {"runs": shown, "next_url": more, "receiving_paused": pause is not None}


def _asked(given: Any) -> dict[str, str]:
    return {name: given[name] for name in FIELDS if given.get(name)}


def run_of(text: str) -> Run:
    """The run of this id. Raises a Problem: 404."""
    known = parse_id(text)
    run = parts().reingest.find(known) if known else None
    if run is None:
        raise not_found("This run")
    return run

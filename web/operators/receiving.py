"""Workers for operators: what each does, pausing receiving, and draining one. All of it works without scripts."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from shared.domain.ids import parse_id
from shared.domain.operator_acts import Operator, Verb, Way
from shared.domain.receiving import MAX_WHY_CHARACTERS, Outcome
from shared.operating.figures import queue_view
from shared.operating.receiving import Told, UnknownWorker, WhyFault, drain, pause, resume, undrain
from shared.ports.sessions import Viewer
from web.http.guards import acting_required, operator_required
from web.http.parts import parts
from web.http.problems import not_found
from web.views.paused import forget

bp = Blueprint("receiving", __name__)
CATEGORY = {Outcome.DONE: "success", Outcome.ALREADY: "info", Outcome.CHANGED: "error"}


@bp.get("/ops/workers")
@operator_required
def page(_viewer: Viewer) -> Any:
    """The workers, and the form that pauses them all."""
    return _page()


@bp.get("/ops/workers/list")
@operator_required
def workers(_viewer: Viewer) -> Any:
    """The workers alone, for pages that refresh themselves."""
    return render_template("operators/_workers.html", queue=queue_view(parts()))


@bp.get("/ops/workers/confirm")
@acting_required
def confirm(_viewer: Viewer) -> Any:
    """What draining one worker means, or letting it receive again; nothing happens yet."""
    return _confirm(request.args.get("worker", ""))


@bp.post("/ops/workers/acts")
@operator_required
def act(me: Viewer) -> Any:
    """Does it, unless somebody changed it since the form was shown. A reason that is at fault stays in its field."""
    form, by = request.form, Operator(me.username, Way.PAGE)
    name, why = form.get("worker", ""), form.get("why", "")
    seen = frozenset({int(text)}) if (text := form.get("seen", "")).isdecimal() else frozenset[int]()
    try:
        match form.get("verb"):
            case Verb.PAUSE:
                told = pause(parts(), by, why, seen)
            case Verb.RESUME:
                told = resume(parts(), by, seen)
            case Verb.DRAIN:
                told = drain(parts(), by, name, why, parse_id(form.get("run", "")), seen)
            case Verb.UNDRAIN:
                told = undrain(parts(), by, name, seen)
            case _:
                raise not_found()
    except WhyFault as fault:
        shown = _confirm(name, fault) if form["verb"] == Verb.DRAIN else _page(fault)
        return shown, 422
    except UnknownWorker:
        raise not_found("This worker") from None
    forget()
    return _seen(told)


def _seen(told: Told) -> Any:
    flash(told.sentence, CATEGORY[told.outcome])
    return redirect(url_for(".page"), 303)


def _page(fault: WhyFault | None = None) -> str:
    return render_template("operators/workers.html", queue=queue_view(parts()), **_typed(fault))


def _confirm(name: str, fault: WhyFault | None = None) -> str:
    worker = next((w for w in queue_view(parts()).workers if w.name == name and w.run), None)
    if worker is None:
        raise not_found("This worker")
    return render_template("operators/worker_confirm.html", worker=worker, **_typed(fault))


def _typed(fault: WhyFault | None) -> dict[str, Any]:
    return {
        "form": request.form,
        "errors": {"why": str(fault)} if fault else {},
        "most": MAX_WHY_CHARACTERS,
    }

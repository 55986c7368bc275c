"""Where the queue goes, for operators: forecast, chart, who fills it, and how long each step takes."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request

from shared.domain.forecast import STALE_SECONDS, forecast
from shared.domain.hindsight import hindsight
from shared.domain.samples import OwnerLoad, Span
from shared.operating.forecasting import depth_of, forecast_of
from shared.ports.sessions import Viewer
from shared.staging import Staging
from web.http.guards import operator_required
from web.http.parts import parts
from web.http.problems import not_found
from web.operators.asking import asked
from web.operators.signs import ICONS, outlook_sign

bp = Blueprint("trends", __name__)
SHOWN_OWNERS = 10


@dataclass(frozen=True)
class OwnerView:
    """Who fills the queue, by name."""

    name: str
    waiting: int
    age_seconds: float


@bp.get("/ops/trends")
@operator_required
def page(_viewer: Viewer) -> Any:
    """The page. What can't be asked is said so, beside what is known."""
    chosen = _span(request.args.get("span", Span.HOUR))
    depth = depth_of(parts().queue)
    samples = asked(parts().samples.recent)
    load = asked(parts().samples.load)
    errors = [] if depth else ["The queue can’t be reached; what waits now is unknown."]
    if samples is None:
        errors.append("The database can’t be reached; what it counts is unknown.")
    told = asked(lambda: forecast_of(parts(), depth, parts().receiving.wishes()))
    told = told or forecast([], depth.visible if depth else None)
    last = samples[-1] if samples else None
    return render_template(
        "operators/trends.html",
        chosen=chosen,
        spans=list(Span),
        errors=errors,
        forecast=told,
        sign=outlook_sign(told),
        icons=ICONS,
        before=hindsight(samples or []),
        last=last,
        stale=last is not None and last.age_seconds > STALE_SECONDS,
        points=asked(lambda: parts().samples.points(chosen)),
        load=None if load is None else asked(lambda: _named(load[:SHOWN_OWNERS])),
        total=sum(entry.waiting for entry in load or ()),
        percentiles=asked(parts().samples.percentiles),
    )


def _span(text: str) -> Span:
    if text not in tuple(Span):
        raise not_found()
    return Span(text)


def _named(load: list[OwnerLoad]) -> list[OwnerView]:
    """By one of their uploads; what has been erased since tells only the id."""
    known = parts().uploads.find_many([entry.upload_id for entry in load])
    staging = Staging(parts().store)

    def name(entry: OwnerLoad) -> str:
        upload = known.get(entry.upload_id)
        manifest = None if upload else staging.manifest(entry.owner, entry.upload_id)
        return (upload.username if upload else manifest.username if manifest else "") or str(entry.owner)

    return [OwnerView(name(entry), entry.waiting, entry.age_seconds) for entry in load]

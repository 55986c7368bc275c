"""Failed uploads for operators: by reason and time, each with its way back and its end. All of it works without
scripts."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from shared.domain.failures import advice
from shared.domain.ids import parse_id
from shared.domain.operator_acts import Operator, Verb, Way
from shared.domain.refusals import Refusal
from shared.operating.acting import act_on
from shared.operating.failed import Choice, chosen, sample_of
from shared.ports.sessions import Viewer
from web.http.guards import acting_required, operator_required
from web.http.paging import cursor
from web.http.parts import parts
from web.http.problems import not_found
from web.operators.times import fields_of, span_of

bp = Blueprint("failed", __name__)
GROUPS, PAGE = 50, 50
MOST = 200
"""Uploads in one request: each costs S3, MySQL and SQS a call, and the request must end long before its time is up."""


@bp.get("/ops/failed")
@operator_required
def page(_viewer: Viewer) -> Any:
    """Every reason with how many failed for it; with `reason`, the uploads that did."""
    reason, now = request.args.get("reason"), datetime.now(UTC)
    span = span_of(request.args)
    failed, within = parts().failed_uploads, fields_of(span)
    if reason is not None:
        found = failed.of(reason, cursor(), PAGE + 1, span)
        shown = found[:PAGE]
        more = {"reason": reason, **within, "cursor": str(shown[-1].id)} if len(found) > PAGE else {}
        sample = sample_of(parts(), shown[-1]) if shown else None
        return render_template(
            "operators/failed_reason.html",
            reason=reason,
            within=within,
            count=failed.count(reason, span),
            uploads=[(upload, now - (upload.unchanged_for or timedelta())) for upload in shown],
            sample=sample,
            sample_url=parts().media.url(sample.rendition) if sample and sample.rendition else None,
            advice=advice(reason),
            next_url=f"{url_for('.page')}?{urlencode(more)}" if more else None,
        )
    found_groups = failed.groups(GROUPS + 1, span)
    return render_template(
        "operators/failed.html",
        within=within,
        count=failed.count(None, span),
        groups=[(group, advice(group.reason)) for group in found_groups[:GROUPS]],
        more=len(found_groups) > GROUPS,
        most=MOST,
    )


@bp.get("/ops/failed/confirm")
@acting_required
def confirm(_viewer: Viewer) -> Any:
    """What will happen, and to how many; nothing happens yet."""
    verb, choice = _verb(request.args.get("verb", "")), _choice(request.args)
    if not choice.ids and "id" in request.args:
        raise not_found("This upload")
    found = chosen(parts(), choice, MOST)
    return render_template(
        "operators/failed_confirm.html",
        verb=verb,
        uploads=found.uploads,
        count=found.count,
        choice=choice,
        within=fields_of(choice.span),
        sentence=Refusal.DISCARDED.sentence,
    )


@bp.post("/ops/failed/acts")
@operator_required
def act(me: Viewer) -> Any:
    """Does it to the uploads that the confirmation counted, and no others: a second click finds them done."""
    verb, counted = _verb(request.form.get("verb", "")), _choice(request.form)
    several = "chosen" not in request.form and len(counted.ids) != 1
    meant = Choice((), counted.reason, counted.span) if several else counted
    result = act_on(parts(), Operator(me.username, Way.PAGE), verb, counted.ids, meant.words)
    flash(result.sentence, "error" if result.unreached else "success")
    return redirect(url_for(".page"), 303)


def _choice(given: MultiDict[str, str]) -> Choice:
    ids = [parsed for text in given.getlist("id") if (parsed := parse_id(text))]
    return Choice(tuple(dict.fromkeys(ids))[:MOST], given.get("reason"), span_of(given))


def _verb(text: str) -> Verb:
    if text not in (Verb.REDRIVE, Verb.DISCARD):
        raise not_found()
    return Verb(text)

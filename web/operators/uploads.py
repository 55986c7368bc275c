"""Any upload for operators: found by what is known of it, and all that is known of it on one page."""

import json
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from shared.domain.failures import reason_of
from shared.domain.ids import parse_id
from shared.domain.operator_acts import Operator, Way
from shared.domain.telling import result_in_words, step_in_words
from shared.domain.uploads import Upload
from shared.operating.finding import By, find
from shared.operating.timeline import UploadTimeline, compare, timeline_of
from shared.ports.sessions import Viewer
from shared.ports.unavailable import Unavailable
from web.http.guards import operator_required
from web.http.paging import cursor
from web.http.parts import parts
from web.http.problems import not_found
from web.operators.diagram import diagram, word
from web.operators.uploads_schema import MOST_CHARACTERS
from web.views.upload import UploadView

bp = Blueprint("any_upload", __name__)
PAGE = 50


@bp.get("/ops/uploads")
@operator_required
def page(me: Viewer) -> Any:
    """What a text finds, newest first; without one the latest uploads."""
    text = request.args.get("q", "").strip()[:MOST_CHARACTERS]
    found = find(parts(), _operator(me), text, cursor(), PAGE)
    all_found = [*found.waiting.value, *found.uploads.value]
    if found.by is By.ID and [upload.id for upload in all_found] == [parse_id(text)]:
        return redirect(address(all_found[0]))
    return render_template(
        "operators/uploads.html",
        text=text,
        found=found,
        uploads=[(UploadView.of(upload, parts().media, {}, None), address(upload)) for upload in all_found],
        next_url=url_for(".page", q=text, cursor=found.cursor) if found.cursor else None,
    )


@bp.get("/ops/uploads/<upload_id>")
@operator_required
def one(me: Viewer, upload_id: str) -> Any:
    """All that is known of one; each part that is away is said so, beside the others."""
    known = parse_id(upload_id)
    told = timeline_of(parts(), _operator(me), known, _owner()) if known else None
    if told is None:
        raise not_found("This upload")
    page = render_template(
        "operators/upload.html",
        told=told,
        upload=told.upload and UploadView.of(told.upload, parts().media, {}, None),
        diagram=diagram(told.way),
        word=word,
        step_in_words=step_in_words,
        result_in_words=result_in_words,
        manifest=_pretty(told),
        reason=_reason(told.upload),
    )
    return page, 503 if told.upload is None else 200


@bp.post("/ops/uploads/<upload_id>/comparison")
@operator_required
def check(me: Viewer, upload_id: str) -> Any:
    """Reads what is stored and says whether it is what is recorded; changes nothing."""
    known, owner = parse_id(upload_id), parse_id(request.form.get("owner", ""))
    try:
        compared = compare(parts(), _operator(me), known, owner) if known else None
    except Unavailable:
        flash("Nothing was compared: a part of the portal can’t be reached.", "error")
        return _back(upload_id, owner)
    if compared is None:
        raise not_found("This upload")
    for each in compared:
        flash(each.sentence, "success" if each.found == each.recorded else "error")
    if not compared:
        flash("There is nothing to compare: no recorded digest has bytes that belong to it.", "success")
    return _back(upload_id, owner)


def address(upload: Upload) -> str:
    """Of its page. Where there may be no record, its owner spares a walk through staging."""
    bare = upload.unchanged_for is None
    return url_for("any_upload.one", upload_id=upload.id, owner=upload.owner if bare else None)


def _back(upload_id: str, owner: UUID | None) -> Response:
    return redirect(url_for(".one", upload_id=upload_id, owner=owner, _anchor="stored"), 303)


def _operator(me: Viewer) -> Operator:
    return Operator(me.username, Way.PAGE)


def _owner() -> UUID | None:
    return parse_id(request.args.get("owner", ""))


def _pretty(told: UploadTimeline) -> str:
    text = (told.manifest.value or b"").decode(errors="replace")
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):  # unreadable is what an operator must see
        return text


def _reason(upload: Upload | None) -> str | None:
    """The part of a failed one's message by which /ops/failed groups."""
    return reason_of(upload.reason_message) if upload and upload.reason_code == "dead_letter" else None

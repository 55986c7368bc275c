"""What everybody may do: report an image, read what moderators decided about one's own, and answer."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from shared.domain.ids import parse_id
from shared.domain.images import Image
from shared.domain.moderation import MAX_ANSWER_CHARACTERS, MAX_REPORT_CHARACTERS, Reason
from shared.ports.sessions import Viewer
from web.http.guards import login_required
from web.http.paging import cursor
from web.http.parts import parts
from web.http.problems import Problem
from web.moderation import deciding
from web.moderation.listing import notices_of
from web.views.image import ImageView
from web.views.missing import missing
from web.views.notice import NoticeView

bp = Blueprint("notices", __name__)
PAGE = 30


@bp.get("/image/<image_id>/report")
@login_required
def report_form(_viewer: Viewer, image_id: str) -> Any:
    """Asks what is wrong."""
    return _report_page(image_id, {}, {})


@bp.post("/image/<image_id>/report")
@login_required
def report(me: Viewer, image_id: str) -> Any:
    """Records it, and goes back to the image."""
    typed = {name: request.form.get(name, "") for name in ("reason", "text")}
    if typed["reason"] not in tuple(Reason):
        return _report_page(image_id, typed, {"reason": "Choose what is wrong."}, 422)
    try:
        deciding.report(me, image_id, Reason(typed["reason"]), typed["text"])
    except Problem as problem:
        if problem.status == 422:
            return _report_page(image_id, typed, {"text": problem.detail}, 422)
        if problem.code != "already_reported":
            raise
        flash(problem.detail, "info")
    else:
        flash("Thank you. Moderators will look at this image.", "success")
    return redirect(url_for("gallery.image", image_id=image_id), 303)


def _report_page(image_id: str, typed: dict[str, str], errors: dict[str, str], status: int = 200) -> Any:
    known = parse_id(image_id)
    image: Image | None = parts().images.find(known) if known else None
    if image is None:
        raise missing(parts().uploads.find(known) if known else None)
    page = render_template(
        "moderation/report.html",
        image=ImageView.of(image, parts().media),
        reasons=list(Reason),
        form=typed,
        errors=errors,
        most=MAX_REPORT_CHARACTERS,
    )
    return page, status


@bp.get("/notices")
@login_required
def page(me: Viewer) -> Any:
    """What moderators decided about the viewer's images, newest first."""
    return _notices(me)


@bp.post("/notices/<act_id>/answer")
@login_required
def answer(me: Viewer, act_id: str) -> Any:
    """Records the owner's answer."""
    try:
        deciding.answer(me, act_id, request.form.get("text", ""))
    except Problem as problem:
        if problem.status != 422:
            raise
        return _notices(me, {act_id: problem.detail}), 422
    flash("Your answer is recorded. Moderators read it.", "success")
    return redirect(f"{url_for('.page')}#n-{act_id}", 303)


def _notices(me: Viewer, errors: dict[str, str] | None = None) -> str:
    found = parts().moderation.acts(notices_of(me), cursor(), PAGE + 1)
    shown = [NoticeView.of(act) for act in found[:PAGE]]
    images = parts().images.with_hidden([notice.image_id for notice in shown])
    return render_template(
        "moderation/notices.html",
        notices=shown,
        images={i: ImageView.of(image, parts().media) for i, image in images.items()},
        errors=errors or {},
        typed=request.form.get("text", ""),
        most=MAX_ANSWER_CHARACTERS,
        next_url=url_for(".page", cursor=shown[-1].id) if len(found) > PAGE else None,
    )

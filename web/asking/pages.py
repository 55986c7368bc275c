"""Pages for asking: the form beside the image, and what one was asked and has asked. All works without scripts."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from shared.domain.asks import MAX_ASK_CHARACTERS
from shared.domain.ids import parse_id
from shared.ports.sessions import Viewer
from web.asking import asking, waiting
from web.http.guards import login_required
from web.http.paging import cursor
from web.http.parts import parts
from web.http.problems import Problem, not_found
from web.views.image import ImageView

bp = Blueprint("asking", __name__)
PAGE = 30
SHOWN_IN_THE_FORM = ("missing_field", "text_too_long", "asked_before", "too_many_asks")


@bp.get("/image/<image_id>/ask")
@login_required
def form(me: Viewer, image_id: str) -> Any:
    """The form, or the question that waits. Where nobody need ask, the image's own page says what holds."""
    try:
        return _form(me, image_id)
    except Problem as problem:
        if problem.status == 409:
            return redirect(url_for("gallery.image", image_id=image_id), 303)
        raise


@bp.post("/image/<image_id>/ask")
@login_required
def ask(me: Viewer, image_id: str) -> Any:
    """Ask; or show the form again, with all that was typed."""
    typed = request.form.get("text", "")
    try:
        asked = asking.ask(me, image_id, typed)
    except Problem as problem:
        if problem.code in SHOWN_IN_THE_FORM:
            return _form(me, image_id, typed, {"text": problem.detail}, problem.status)
        raise
    flash(f"{asked.ask.owner_name} sees your request. The answer will be here.", "success")
    return redirect(url_for(".sent"), 303)


def _form(
    me: Viewer, image_id: str, typed: str = "", errors: dict[str, str] | None = None, status: int = 200
) -> Any:
    image = asking.image_to_ask_for(me, image_id)
    page = render_template(
        "asking/form.html",
        image=ImageView.of(image, parts().media),
        last=parts().asks.latest(me.owner, image.id),
        form={"text": typed},
        errors=errors or {},
        most=MAX_ASK_CHARACTERS,
    )
    return page, status


@bp.get("/requests")
@login_required
def received(me: Viewer) -> Any:
    """What the viewer was asked."""
    waiting.recount(me.owner)
    return _box(me, received=True)


@bp.get("/requests/sent")
@login_required
def sent(me: Viewer) -> Any:
    """What the viewer has asked."""
    return _box(me, received=False)


@bp.post("/requests/<ask_id>/answer")
@login_required
def answer(me: Viewer, ask_id: str) -> Any:
    """Answer; or show the list again, with all that was typed."""
    word, typed = request.form.get("granted", ""), request.form.get("text", "")
    known = parse_id(ask_id)
    try:
        if word not in ("yes", "no"):
            raise Problem(422, "missing_field", "Say yes or no.")
        told = asking.answer(me, ask_id, typed, granted=word == "yes")
    except Problem as problem:
        if problem.status == 422 and known:
            again = {"id": known, "granted": word, "text": typed, "error": problem.detail}
            return _box(me, received=True, again=again), 422
        raise
    flash(f"{told.asker_name} sees your answer.", "success")
    return redirect(url_for(".received") + f"#r-{told.id}", 303)


def _box(me: Viewer, *, received: bool, again: dict[str, Any] | None = None) -> str:
    """`again`: an answer that can't be kept as it was typed; its question comes first then."""
    before = UUID(int=again["id"].int + 1) if again else cursor()
    found, next_cursor = asking.box(me, received=received, before=before, limit=PAGE)
    if again and (not found or found[0].id != again["id"]):
        raise not_found("This request")
    images = parts().images.find_many([ask.image_id for ask in found])
    return render_template(
        "asking/box.html",
        asks=found,
        received=received,
        images={i: ImageView.of(image, parts().media) for i, image in images.items()},
        again=again or {},
        most=MAX_ASK_CHARACTERS,
        next_url=url_for(".received" if received else ".sent", cursor=next_cursor) if next_cursor else None,
    )

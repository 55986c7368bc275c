"""The page on which an owner picks several images and edits them together."""

import re
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from shared.domain.ids import parse_id
from shared.ports.sessions import Viewer
from web.gallery.pages import next_url
from web.gallery.query import Asked, list_images
from web.gallery.selection import MAX_SELECTED, Outcome, edit_each, kept_hashtags
from web.http.guards import login_required
from web.http.paging import cursor, limit
from web.http.parts import parts
from web.http.problems import Problem, not_found
from web.http.wording import kept_licence

bp = Blueprint("select", __name__)
_BETWEEN = re.compile(r"[\s,;]+")
NOTHING_PICKED = "Pick at least one image."
TOO_MANY = f"Pick at most {MAX_SELECTED} images at once."
NO_CHANGE = "Choose a licence, or type hashtags to add."


@bp.get("/home/user/<username>/select")
@login_required
def form(me: Viewer, username: str) -> Any:
    """The owner's images, each to be picked."""
    if username != me.username:
        raise not_found("This page")
    return _page(me, set(), {}, {})


@bp.post("/home/user/<username>/select")
@login_required
def save(me: Viewer, username: str) -> Any:
    """Edit what was picked; what is missing or wrong is said beside its field, with the picks kept."""
    if username != me.username:
        raise not_found("This page")
    typed = {name: request.form.get(name, "").strip() for name in ("licence", "hashtags")}
    picked = {known for text in request.form.getlist("id") if (known := parse_id(text))}
    errors: dict[str, str] = {}
    licence: str | None = None
    tags: tuple[str, ...] = ()
    try:
        licence = kept_licence(typed["licence"]) if typed["licence"] else None
    except Problem as problem:
        errors["licence"] = problem.detail
    try:
        tags = kept_hashtags(text for text in _BETWEEN.split(typed["hashtags"]) if text)
    except Problem as problem:
        errors["hashtags"] = problem.detail
    if not errors and licence is None and not tags:
        errors["licence"] = NO_CHANGE
    if not 1 <= len(picked) <= MAX_SELECTED:
        errors["grid"] = TOO_MANY if picked else NOTHING_PICKED
    if errors:
        return _page(me, picked, typed, errors)
    _tell(edit_each(parts(), me.owner, sorted(picked), licence, tags))
    return redirect(url_for("gallery.profile", username=me.username), 303)


def _tell(outcomes: list[Outcome]) -> None:
    done = sum(outcome.problem is None for outcome in outcomes)
    if done:
        flash(
            "1 image is as you want it." if done == 1 else f"{done} images are as you want them.", "success"
        )
    if full := sum(outcome.problem == "caption_too_long" for outcome in outcomes):
        flash(f"{full} not changed: the caption has no room for these hashtags.", "error")
    if others := len(outcomes) - done - full:
        flash(f"{others} not changed: gone or being edited elsewhere. Try again.", "error")


def _page(me: Viewer, picked: set[UUID], typed: dict[str, str], errors: dict[str, str]) -> tuple[str, int]:
    listing = list_images(Asked(user=me.username), cursor(), limit())
    shown = {image.id for image in listing.items}
    page = render_template(
        "gallery/select.html",
        images=listing.items,
        next_url=next_url(listing),
        selecting=True,
        picked={str(image_id) for image_id in picked},
        picked_elsewhere=sorted({str(image_id) for image_id in picked} - shown),
        form=typed,
        errors=errors,
    )
    return page, 422 if errors else 200

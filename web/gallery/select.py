"""The page on which an owner picks several images, to edit them together or put them into an album."""

import re
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from shared.domain.albums import MAX_IMAGES_AT_ONCE, MAX_TITLE_CHARACTERS
from shared.domain.ids import parse_id
from shared.domain.refusals import Refusal
from shared.ports.albums import AlbumFault
from shared.ports.sessions import Viewer
from web.gallery.pages import next_url
from web.gallery.query import Asked, list_images
from web.gallery.selection import MAX_SELECTED, Outcome, edit_each, kept_hashtags
from web.http.guards import login_required
from web.http.paging import cursor, limit
from web.http.parts import parts
from web.http.problems import Problem, not_found
from web.http.wording import kept_licence, kept_title

bp = Blueprint("select", __name__)
_BETWEEN = re.compile(r"[\s,;]+")
NOTHING_PICKED = "Pick at least one image."
TOO_MANY = "Pick at most {most:,} images at once."
NO_CHANGE = "Choose a licence, type hashtags to add, or name an album."
MOST_TITLES = 100  # of albums to choose from


@bp.get("/home/user/<username>/select")
@login_required
def form(me: Viewer, username: str) -> Any:
    """The owner's images, each to be picked."""
    if username != me.username:
        raise not_found("This page")
    picked = {known for text in request.args.getlist("id") if (known := parse_id(text))}
    return _page(me, picked, {"album": request.args.get("album", "")[:MAX_TITLE_CHARACTERS]}, {})


@bp.post("/home/user/<username>/select")
@login_required
def save(me: Viewer, username: str) -> Any:
    """Edit what was picked; what is missing or wrong is said beside its field, with the picks kept."""
    if username != me.username:
        raise not_found("This page")
    typed = {name: request.form.get(name, "").strip() for name in ("licence", "hashtags", "album")}
    picked = {known for text in request.form.getlist("id") if (known := parse_id(text))}
    errors: dict[str, str] = {}
    licence: str | None = None
    tags: tuple[str, ...] = ()
    album = ""
    try:
        licence = kept_licence(typed["licence"]) if typed["licence"] else None
    except Problem as problem:
        errors["licence"] = problem.detail
    try:
        tags = kept_hashtags(text for text in _BETWEEN.split(typed["hashtags"]) if text)
    except Problem as problem:
        errors["hashtags"] = problem.detail
    try:
        album = kept_title(typed["album"])
    except Problem as problem:
        errors["album"] = problem.detail
    edits = licence is not None or bool(tags)
    if not errors and not edits and not album:
        errors["licence"] = NO_CHANGE
    most = MAX_SELECTED if edits else MAX_IMAGES_AT_ONCE
    if not 1 <= len(picked) <= most:
        errors["grid"] = TOO_MANY.format(most=most) if picked else NOTHING_PICKED
    if errors:
        return _page(me, picked, typed, errors)
    into = _put(me, album, sorted(picked)) if album else None
    if into is AlbumFault.FULL:
        return _page(me, picked, typed, {"album": Refusal.ALBUM_FULL.sentence})
    if edits:
        _tell(edit_each(parts(), me.owner, sorted(picked), licence, tags))
    if isinstance(into, UUID):
        return redirect(url_for("albums.page", album_id=into), 303)
    return redirect(url_for("gallery.profile", username=me.username), 303)


def _put(me: Viewer, title: str, image_ids: list[UUID]) -> UUID | AlbumFault:
    """Into the owner's album of this title, made if there is none; says what became of them."""
    albums = parts().albums
    album = albums.titled(me.owner, title)
    if album is None:
        made = albums.create(me.owner, me.username, title, "")
        album = (
            albums.titled(me.owner, title) if isinstance(made, AlbumFault) else made
        )  # another window was first
    added = albums.add(album.id, me.owner, image_ids) if album else None
    if album is None or added is None:
        raise not_found("This album")
    if isinstance(added, AlbumFault):
        return added
    count = len(added.added)
    flash(
        f"{count} {'image is' if count == 1 else 'images are'} new in this album.",
        "success" if count else "info",
    )
    if added.unknown:
        flash(f"{len(added.unknown)} not added: gone, or not yours.", "error")
    return album.id


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
        album_titles=[a.title for a in parts().albums.of_user(me.username, None, MOST_TITLES)],
        form=typed,
        errors=errors,
    )
    return page, 422 if errors else 200

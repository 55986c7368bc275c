"""The page on which an owner edits an album's title and description. It sends which version they saw."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from shared.domain.albums import Album, AlbumChanges
from shared.ports.albums import AlbumConflict, AlbumFault
from shared.ports.sessions import Viewer
from web.albums.answers import checked, fault, known_id, needed_title, own
from web.http.guards import login_required
from web.http.paging import whole_number
from web.http.parts import parts
from web.http.problems import Problem
from web.http.wording import kept_description
from web.views.album import album_views

bp = Blueprint("album_words", __name__)
FIELDS = ("title", "description")
NO_TITLE = "Give the album a title."


def kept(typed: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Each field as it would be kept, or the sentence that says why not."""
    words, errors = {}, {}
    for name, judge in (("title", needed_title), ("description", kept_description)):
        try:
            words[name] = judge(typed[name])
        except Problem as problem:
            errors[name] = NO_TITLE if problem.code == "missing_field" else problem.detail
    return words, errors


@bp.get("/album/<album_id>/edit")
@login_required
def form(me: Viewer, album_id: str) -> Any:
    """The form, as the album stands."""
    album = own(me, album_id)
    return _page(album, _fields(album), _fields(album))


@bp.post("/album/<album_id>/edit")
@login_required
def save(me: Viewer, album_id: str) -> Any:
    """Save what was changed, and go back to the album; or show the form again, with all that was typed."""
    typed = {name: request.form.get(name, "") for name in FIELDS}
    # What the form held when it was shown: a field that was left alone overwrites nothing, whoever edited it meanwhile.
    shown = {name: request.form.get(f"shown_{name}", "").replace("\r\n", "\n") for name in FIELDS}
    version = whole_number(request.form.get("version", ""))
    words, errors = kept(typed)
    if errors:
        return _page(own(me, album_id), typed, shown, version, errors=errors, status=422)
    mine = {name: value for name, value in words.items() if value != shown[name]}
    answer = parts().albums.edit(
        known_id(album_id),
        me.owner,
        {version or 0},
        AlbumChanges(title=mine.get("title"), description=mine.get("description")),
    )
    if isinstance(answer, AlbumFault):
        said = {"title": fault(answer).detail}
        return _page(own(me, album_id), typed, shown, version, errors=said, status=409)
    if isinstance(answer, AlbumConflict):
        present = _fields(answer.album)
        if any(present[name] != value for name, value in mine.items()):
            return _page(answer.album, present | mine, present, meanwhile=answer.changed, status=412)
        answer = answer.album
    album = checked(answer)
    flash("Your changes are saved." if mine else "Nothing was changed.", "success" if mine else "info")
    return redirect(url_for("albums.page", album_id=album.id), 303)


def _page(
    album: Album,
    typed: Mapping[str, str],
    shown: Mapping[str, str],
    version: int | None = None,
    *,
    errors: Mapping[str, str] | None = None,
    meanwhile: Mapping[str, str] | None = None,
    status: int = 200,
) -> Any:
    page = render_template(
        "albums/words.html",
        album=album_views(parts(), [album])[0],
        form=typed,
        shown=shown,
        version=album.version if version is None else version,
        errors=errors or {},
        meanwhile={name: now for name, now in (meanwhile or {}).items() if name in FIELDS},
    )
    return page, status


def _fields(album: Album) -> dict[str, str]:
    return {name: getattr(album, name) for name in FIELDS}

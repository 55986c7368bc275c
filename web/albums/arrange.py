"""The page on which an owner arranges an album. Each button is a form's; with scripts, images are dragged too."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from shared.domain.albums import AlbumChanges
from shared.domain.ids import parse_id
from shared.ports.albums import END, START, AlbumConflict, AlbumFault, Place
from shared.ports.sessions import Viewer
from web.albums.answers import checked, known_id, own
from web.http.guards import login_required
from web.http.paging import parse_place
from web.http.parts import parts
from web.http.problems import Problem
from web.views.album import album_views
from web.views.image import ImageView

bp = Blueprint("album_arrange", __name__)
PAGE = 60
DONE = {
    "earlier": "The image is one place earlier.",
    "later": "The image is one place later.",
    "start": "The image comes first.",
    "end": "The image comes last.",
    "cover": "The image is the album's cover.",
    "remove": "The image is no longer in this album. It is still among your images.",
}


@bp.get("/album/<album_id>/arrange")
@login_required
def form(me: Viewer, album_id: str) -> Any:
    """The owner's album, each image with its buttons."""
    album, cursor = own(me, album_id), request.args.get("cursor", "")
    found = parts().albums.images(album.id, parse_place(cursor), PAGE)
    return render_template(
        "albums/arrange.html",
        album=album_views(parts(), [album])[0],
        images=[ImageView.of(image, parts().media) for image in found.items],
        cursor=cursor,
        next_url=None if found.next is None else url_for(".form", album_id=album.id, cursor=found.next),
    )


@bp.post("/album/<album_id>/arrange")
@login_required
def act(me: Viewer, album_id: str) -> Any:
    """Do what a button says; its value is the deed and the image."""
    known = known_id(album_id)
    deed, _, text = request.form.get("do", "").partition(":")
    image_id = parse_id(text)
    if image_id is None or deed not in DONE:
        raise Problem(422, "invalid_field", "This button is not one of the page's.")
    changed = checked(_do(known, me.owner, image_id, deed))
    flash(DONE[deed] if changed else "Nothing was changed.", "success" if changed else "info")
    cursor = request.form.get("cursor", "")
    return redirect(url_for(".form", album_id=known, cursor=cursor or None, _anchor=f"t-{image_id}"), 303)


def _do(album_id: UUID, owner: UUID, image_id: UUID, deed: str) -> bool | AlbumFault | None:
    albums = parts().albums
    answer: object
    match deed:
        case "cover":
            answer = albums.edit(album_id, owner, None, AlbumChanges(cover=image_id))
        case "remove":
            answer = albums.remove(album_id, owner, [image_id])
        case "start":
            answer = albums.move(album_id, owner, [image_id], START)
        case "end":
            answer = albums.move(album_id, owner, [image_id], END)
        case _:
            later = deed == "later"
            beside = albums.beside(album_id, image_id, after=later)
            place = Place(after=later, anchor=beside) if beside else (END if later else START)
            answer = albums.move(album_id, owner, [image_id], place)
    if answer is None or isinstance(answer, AlbumFault):
        return answer
    return bool(answer) and not isinstance(answer, AlbumConflict)

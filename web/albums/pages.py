"""Pages that show albums, make one and delete one."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from shared.domain.accounts import USERNAME
from shared.ports.albums import AlbumFault
from shared.ports.sessions import Viewer
from web.albums.answers import checked, known_id, own
from web.albums.words import kept
from web.http.guards import login_required
from web.http.paging import cursor, limit, parse_place
from web.http.parts import parts
from web.http.problems import not_found
from web.views.album import album_views
from web.views.image import ImageView

bp = Blueprint("albums", __name__)
PAGE = 48


@bp.get("/home/user/<username>/albums")
@login_required
def of_person(me: Viewer, username: str) -> Any:
    """A person's albums."""
    name = username.lower()
    if name != username:
        return redirect(url_for(".of_person", username=name), 301)
    account = parts().accounts.find(name) if USERNAME.fullmatch(name) else None
    if account is None:
        raise not_found("This person")
    found = parts().albums.of_user(name, cursor(), PAGE + 1)
    views = album_views(parts(), found[:PAGE])
    more = url_for(".of_person", username=name, cursor=views[-1].id) if len(found) > PAGE else None
    return render_template(
        "albums/of_person.html",
        username=name,
        albums=views,
        next_url=more,
        is_self=me.owner == account.owner,
    )


@bp.get("/albums/new")
@login_required
def new(_me: Viewer) -> Any:
    """The form for a new album."""
    return render_template("albums/words.html", album=None, form={}, shown={}, errors={}, meanwhile={})


@bp.post("/albums/new")
@login_required
def make(me: Viewer) -> Any:
    """Make it. A form that is sent twice leads to the album that the first one made."""
    typed = {name: request.form.get(name, "") for name in ("title", "description")}
    words, errors = kept(typed)
    if errors:
        page = render_template(
            "albums/words.html", album=None, form=typed, shown={}, errors=errors, meanwhile={}
        )
        return page, 422
    album = parts().albums.create(me.owner, me.username, **words)
    if isinstance(album, AlbumFault):
        album = checked(parts().albums.titled(me.owner, words["title"]))
        flash("You have this album already: here it is.", "info")
    return redirect(url_for(".page", album_id=album.id), 303)


@bp.get("/album/<album_id>")
@login_required
def page(me: Viewer, album_id: str) -> Any:
    """An album and its images."""
    album = checked(parts().albums.find(known_id(album_id)))
    found = parts().albums.images(album.id, parse_place(request.args.get("cursor", "")), limit())
    return render_template(
        "albums/page.html",
        album=album_views(parts(), [album])[0],
        images=[ImageView.of(image, parts().media) for image in found.items],
        next_url=None if found.next is None else url_for(".page", album_id=album.id, cursor=found.next),
        is_owner=album.owner == me.owner,
    )


@bp.get("/album/<album_id>/delete")
@login_required
def ask(me: Viewer, album_id: str) -> Any:
    """Asks whether an album is to be deleted."""
    return render_template("albums/delete.html", album=album_views(parts(), [own(me, album_id)])[0])


@bp.post("/album/<album_id>/delete")
@login_required
def delete(me: Viewer, album_id: str) -> Any:
    """Delete it; its images stay."""
    known = known_id(album_id)
    if not parts().albums.delete(known, me.owner) and parts().albums.find(known):
        raise not_found("This album")  # one that is gone was deleted by the first of two clicks
    flash("The album is deleted. Its images are where they were.", "success")
    return redirect(url_for(".of_person", username=me.username), 303)

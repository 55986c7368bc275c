"""Where owners make links, see them, and revoke them. All of it works without scripts."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from shared.domain.albums import Album
from shared.domain.ids import new_upload_id, parse_id
from shared.domain.images import Image
from shared.domain.shares import Kept, Kind, NewTerms, Share
from shared.ports.sessions import Viewer
from web.http.guards import login_required
from web.http.paging import cursor
from web.http.parts import parts
from web.http.problems import Problem, not_found
from web.http.redirects import own_path
from web.sharing import cards
from web.sharing.behind import collection_of, image_of
from web.sharing.making import (
    PASSWORD_RULES,
    change_terms,
    make,
    own_target,
    password_hash,
    revoke,
)
from web.sharing.schema import State

bp = Blueprint("sharing", __name__)
PAGE = 50
KEEP = "keep"
MINE = "mine"  # the target of a link to one's own profile
LIFETIMES = {
    "": "Until I revoke it",
    "24": "For a day",
    "168": "For a week",
    "720": "For 30 days",
    "8760": "For a year",
}


@dataclass(frozen=True)
class LinkView:
    """A link as its owner sees it. `name`: what it shows is called; None when that is gone. `image`: the one that it
    shows, or that stands for an album."""

    share: Share
    url: str
    state: State
    name: str | None
    image: Image | None
    thumbnail_url: str | None
    make_url: str


@bp.get("/share/<kind>/<target>")
@login_required
def form(me: Viewer, kind: str, target: str) -> Any:
    """The links to one thing, and the form for another one."""
    known = _kind(kind)
    return _form(me, known, own_target(me, known, target), {})


@bp.post("/share/<kind>/<target>")
@login_required
def create(me: Viewer, kind: str, target: str) -> Any:
    """Make a link. The form brings its id, so that sent twice it makes one."""
    known = _kind(kind)
    shown = own_target(me, known, target)
    share_id, hours = parse_id(request.form.get("id", "")), request.form.get("hours", "")
    if share_id is None or hours not in LIFETIMES:
        raise _unusable()
    password = request.form.get("password", "")
    try:
        make(me, share_id, known, shown, _lasting(hours), password or None)
    except Problem as problem:
        if problem.code != "weak_password":
            raise
        return _form(me, known, shown, {"password": problem.detail}, 422)
    flash("The link is ready. Give it to whoever is to see this.", "success")
    return redirect(url_for(".form", kind=kind, target=target), 303)


@bp.get("/shares")
@login_required
def mine(me: Viewer) -> Any:
    """All links of the viewer, newest first."""
    found = parts().shares.of_owner(me.owner, cursor(), PAGE + 1)
    shown = found[:PAGE]
    return render_template(
        "sharing/mine.html",
        links=_views(shown),
        lifetimes=LIFETIMES,
        password_rules=PASSWORD_RULES,
        next_url=url_for(".mine", cursor=shown[-1].id) if len(found) > PAGE else None,
    )


@bp.post("/shares/<share_id>/change")
@login_required
def change(me: Viewer, share_id: str) -> Any:
    """Give it another end, another password or none."""
    hours, password = request.form.get("hours", KEEP), request.form.get("password", "")
    if hours != KEEP and hours not in LIFETIMES:
        raise _unusable()
    back = redirect(own_path(request.form.get("back", url_for(".mine"))), 303)
    try:
        new_hash = None if "open" in request.form else password_hash(password or None) or Kept.KEPT
    except Problem as problem:
        flash(f"Nothing was changed. {problem.detail}", "error")
        return back
    until = Kept.KEPT if hours == KEEP else _lasting(hours)
    share = change_terms(me, share_id, NewTerms(until, new_hash))
    flash(f"The link is changed. It is {State.of(share)} now.", "success")
    return back


@bp.post("/shares/<share_id>/revoke")
@login_required
def end(me: Viewer, share_id: str) -> Any:
    """It shows nothing from now on."""
    revoke(me, share_id)
    flash("The link is revoked. Whoever opens it is told that it has ended.", "success")
    return redirect(own_path(request.form.get("back", url_for(".mine"))), 303)


def _lasting(hours: str) -> timedelta | None:
    return timedelta(hours=int(hours)) if hours else None


def _unusable() -> Problem:
    detail = "This form was not filled in as the page offers it. Open it again."
    return Problem(422, "invalid_field", detail)


def _kind(text: str) -> Kind:
    try:
        return Kind(text)
    except ValueError as error:
        raise not_found() from error


def _form(me: Viewer, kind: Kind, target: UUID, errors: dict[str, str], status: int = 200) -> Any:
    links = _views(parts().shares.of_target(me.owner, kind, target))
    links.sort(key=lambda link: link.state is not State.ACTIVE)  # what has ended comes last
    return render_template(
        "sharing/make.html",
        kind=kind,
        target=MINE if kind is Kind.PROFILE else target,
        shown=_shown(kind, target),
        links=links,
        embeds={link.share.id: _embeds(link.share) for link in links if _may_embed(link)},
        new_id=request.form.get("id") or new_upload_id(),
        hours=request.form.get("hours", ""),
        lifetimes=LIFETIMES,
        password_rules=PASSWORD_RULES,
        errors=errors,
    ), status


def _may_embed(link: LinkView) -> bool:
    return link.state is State.ACTIVE and link.share.password_hash is None


def _shown(kind: Kind, target: UUID) -> Image | Album | None:
    """What the form is about, where it has a name."""
    match kind:
        case Kind.IMAGE:
            return parts().images.find(target)
        case Kind.ALBUM:
            return parts().albums.find(target)
        case Kind.PROFILE:
            return None


def _embeds(share: Share) -> list[tuple[str, str]]:
    """HTML for other sites: a frame, and the plain picture with its credit."""
    if share.kind is Kind.IMAGE:
        card = cards.card_of_image(share, image_of(share))
    else:
        card = cards.card_of_collection(share, collection_of(share, "", 1))
    return [("Frame", cards.frame(share, card)), ("HTML", cards.figure(card))]


def _views(shares: list[Share]) -> list[LinkView]:
    albums = {target: parts().albums.find(target) for target in _targets(shares, Kind.ALBUM)}
    faces = {target: album.face for target, album in albums.items() if album and album.face}
    images = parts().images.find_many([*_targets(shares, Kind.IMAGE), *faces.values()])
    return [
        _view(share, albums.get(share.target), images.get(faces.get(share.target, share.target)))
        for share in shares
    ]


def _targets(shares: list[Share], kind: Kind) -> set[UUID]:
    return {share.target for share in shares if share.kind is kind}


def _name(share: Share, album: Album | None, image: Image | None) -> str | None:
    match share.kind:
        case Kind.IMAGE:
            return cards.title_of(image) if image else None
        case Kind.ALBUM:
            return album.title if album else None
        case Kind.PROFILE:
            return "All your images"


def _view(share: Share, album: Album | None, image: Image | None) -> LinkView:
    return LinkView(
        name=_name(share, album, image),
        share=share,
        url=cards.page_url(share),
        state=State.of(share),
        image=image,
        thumbnail_url=parts().media.url(image.thumbnail.key) if image else None,
        make_url=url_for(
            ".form", kind=share.kind, target=MINE if share.kind is Kind.PROFILE else share.target
        ),
    )

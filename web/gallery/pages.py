"""Pages for looking: feed, image, profile, search, licences."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from shared.domain.accounts import USERNAME
from shared.domain.dimensions import ORIENTATIONS, SIZES
from shared.domain.ids import parse_id
from shared.domain.licences import BY_CODE
from shared.ports.sessions import Viewer
from web.gallery.query import Asked, Listing, list_images
from web.http.guards import login_required, open_to_all
from web.http.paging import DEFAULT_LIMIT, cursor, limit
from web.http.parts import parts
from web.http.problems import not_found
from web.http.sessions import viewer
from web.views.image import ImageView
from web.views.missing import missing
from web.views.notice import last_notice
from web.views.upload import UploadView

bp = Blueprint("gallery", __name__)
MOST_ALBUMS = 20  # that an image's page names
SIZE_WORDS = {size: f"{pixels // 1_000_000}+ megapixels" for size, pixels in SIZES.items()}


@dataclass(frozen=True)
class Profile:
    """A person as their page shows them."""

    username: str
    images: int
    joined_at: datetime


def next_url(listing: Listing) -> str | None:
    """The address of this page with what comes after the listing."""
    if listing.next_cursor is None or request.endpoint is None:
        return None
    kept = {k: v for k, v in request.args.items() if k != "cursor"} | (request.view_args or {})
    return url_for(request.endpoint, **kept, cursor=listing.next_cursor)


@bp.get("/")
@open_to_all
def feed() -> Any:
    """Everything, newest first; a welcome for who is not logged in."""
    if viewer() is None:
        return render_template("gallery/welcome.html")
    before = cursor()
    listing = list_images(Asked(), before, limit())
    return render_template(
        "gallery/feed.html", images=listing.items, next_url=next_url(listing), newest=before is None
    )


@bp.get("/image/<image_id>")
@login_required
def image(me: Viewer, image_id: str) -> Any:
    """One image and what may be done with it; 410 for what was taken back, which its owner can undo for a moment. What
    a moderator hides is there for its owner and moderators alone."""
    known = parse_id(image_id)
    record = parts().images.with_hidden([known]).get(known) if known else None
    if record is None or (record.hidden and record.owner != me.owner and not me.is_moderator):
        upload = parts().uploads.find(known) if known else None
        if upload is None or not upload.status.gone or upload.owner != me.owner:
            raise missing(upload)
        view = UploadView.of(upload, parts().media, {}, None)
        notice = last_notice(parts().moderation, upload.id) if view.removed else None
        return render_template("gallery/taken_back.html", upload=view, notice=notice), 410
    is_owner = record.owner == me.owner
    newer, older = parts().images.neighbours(record.id)
    return render_template(
        "gallery/image.html",
        image=ImageView.of(record, parts().media),
        licence=BY_CODE[record.licence],
        newer_url=url_for(".image", image_id=newer) if newer else None,
        older_url=url_for(".image", image_id=older) if older else None,
        albums=parts().albums.holding(record.id, MOST_ALBUMS),
        is_owner=is_owner,
        notice=last_notice(parts().moderation, record.id) if is_owner or record.hidden else None,
        grants=parts().editing.grants(record.id) if record.version > 1 else [],
    )


@bp.get("/home/user/<username>")
@login_required
def profile(me: Viewer, username: str) -> Any:
    """A person's images."""
    name = username.lower()
    if name != username:
        return redirect(url_for(".profile", username=name), 301)
    account = parts().accounts.find(name) if USERNAME.fullmatch(name) else None
    if account is None:
        raise not_found("This person")
    listing = list_images(Asked(user=name), cursor(), limit())
    return render_template(
        "gallery/profile.html",
        profile=Profile(account.username, parts().images.count_of(name), account.joined_at),
        images=listing.items,
        next_url=next_url(listing),
        is_self=me.owner == account.owner,
    )


@bp.get("/search")
@login_required
def search(_viewer: Viewer) -> Any:
    """Images by words, hashtags, people, licence, shape and day."""
    ticked = request.args.get("commercial", "").lower() in ("1", "true", "yes", "on")
    asked = Asked.of(request.args, commercial=ticked)
    listing = list_images(asked, cursor(), limit())
    hints = [] if listing.items or cursor() else _hints(asked)
    return render_template(
        "gallery/search.html",
        query=asked,
        images=listing.items,
        next_url=next_url(listing),
        more_than_shown=listing.next_cursor is not None,
        chips=_chips(asked),
        uses=[
            (word, _url(replace(asked, commercial=on)), asked.commercial is on)
            for on, word in ((False, "Any"), (True, "Commercial"))
        ],
        hint=hints,
        orientations=ORIENTATIONS,
        sizes=SIZE_WORDS,
    )


def _url(asked: Asked) -> str:
    given = {k: v for k, v in vars(asked).items() if v}
    return url_for("gallery.search", **given | ({"commercial": 1} if asked.commercial else {}))


def _chips(asked: Asked) -> list[tuple[str, str]]:
    """The filters that hold, each with the address without it."""
    chips = []
    if asked.commercial:
        chips.append(("Commercial use", _url(replace(asked, commercial=False))))
    if asked.licence:
        chips.append((BY_CODE[asked.licence].name, _url(replace(asked, licence=""))))
    if asked.user:
        chips.append((f"@{asked.user}", _url(replace(asked, user=""))))
    if asked.tag:
        chips.append((f"#{asked.tag}", _url(replace(asked, tag=""))))
    if asked.orientation:
        chips.append((asked.orientation.capitalize(), _url(replace(asked, orientation=""))))
    if asked.size:
        chips.append((SIZE_WORDS[asked.size], _url(replace(asked, size=""))))
    if asked.since:
        chips.append((f"Since {asked.since}", _url(replace(asked, since=None))))
    if asked.until:
        chips.append((f"Until {asked.until}", _url(replace(asked, until=None))))
    return chips


def _hints(asked: Asked) -> list[tuple[str, str]]:
    """For an empty answer: which filter to drop, and that it would help."""
    hints = []
    for label, fewer in (
        ("without «Commercial use»", replace(asked, commercial=False)),
        ("with any licence", replace(asked, licence="")),
        ("by anybody", replace(asked, user="")),
        ("without the hashtag", replace(asked, tag="")),
        ("of any shape", replace(asked, orientation="")),
        ("of any size", replace(asked, size="")),
        ("of any day", replace(asked, since=None, until=None)),
    ):
        if fewer != asked and (found := len(list_images(fewer, None, DEFAULT_LIMIT).items)):
            more = "or more " if found >= DEFAULT_LIMIT else ""
            hints.append((f"{found} {more}{label}", _url(fewer)))
    return hints


@bp.get("/licences")
@open_to_all
def licences() -> Any:
    """What each licence means, in plain words."""
    return render_template("gallery/licences.html")

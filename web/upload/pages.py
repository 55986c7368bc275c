"""Pages for sharing: the upload form and «My uploads»."""

import secrets
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from shared.domain import formats
from shared.domain.albums import MAX_TITLE_CHARACTERS
from shared.domain.licences import BY_CODE, DEFAULT
from shared.domain.limits import MAX_FILES_PER_FORM
from shared.domain.refusals import Refusal
from shared.ports.sessions import Viewer
from shared.ports.unavailable import CatalogueUnavailable
from web.http.csrf import check_form_token, token_checked_by_view
from web.http.guards import login_required
from web.http.paging import cursor
from web.http.parts import memory, parts
from web.http.problems import Problem, refuse
from web.http.streaming import StreamingRequest
from web.upload.accept import Intake
from web.upload.follow import FILTERS, Follower
from web.upload.quota import Rooms
from web.upload.receive import Received, Refused
from web.upload.shelf import Shelf
from web.views.upload import UploadView

bp = Blueprint("upload", __name__)
PAGE = 50
ALBUM_FAULTS = (Refusal.TITLE_TOO_LONG, Refusal.UNKNOWN_ALBUM, Refusal.ALBUM_FULL)
MAX_FAULTS_SHOWN = 5
MAX_NAME_SHOWN = 80  # characters
MOST_TITLES = 100  # of albums to choose from


def intake(me: Viewer, idempotency_key: str | None) -> Intake:
    """What takes in the files of this request."""
    wired = parts()
    return Intake(
        wired.store,
        wired.queue,
        me,
        rooms=rooms(),
        shelf=shelf(),
        max_upload_bytes=wired.settings.max_upload_bytes,
        idempotency_key=idempotency_key,
    )


def rooms() -> Rooms:
    """What counts the owners' room."""
    return Rooms(parts().usages, parts().settings.quota)


def shelf() -> Shelf:
    """What knows the owners' albums."""
    return Shelf(parts().albums)


def files_of(taker: Intake, most: int, surplus: Problem) -> list[Received | Refused]:
    """The files of this request's form, whose token is checked once they have passed."""
    streaming = request._get_current_object()  # type: ignore[attr-defined]  # Werkzeug's proxy method
    assert isinstance(streaming, StreamingRequest)  # noqa: S101 -- the app's request class
    files = taker.read(streaming, most, surplus)
    try:
        check_form_token()
    except Problem:
        taker.discard(files)
        raise
    return files


def _form(
    me: Viewer,
    form: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Any:
    page = render_template(
        "upload/form.html",
        room=rooms().known(me.owner),
        form=form or {},
        errors=errors or {},
        album_titles=shelf().titles(me.username, MOST_TITLES),
        form_key=secrets.token_urlsafe(12),
        formats=formats.FORMATS,
        refusals=_refused_unsent(),
        unsupported=[{"magic": list(kind.magic), "sentence": kind.sentence} for kind in formats.UNSUPPORTED],
    )
    return page, status


def _refused_unsent() -> dict[str, str]:
    """The sentences for files that the page refuses itself: those that they would get after being sent in vain."""
    told = (Refusal.EMPTY, Refusal.TOO_LARGE, Refusal.TOO_MANY_PIXELS, Refusal.UNSUPPORTED_TYPE)
    megabytes = parts().settings.max_upload_bytes // 2**20
    return {why: why.sentence.format(megabytes=megabytes) for why in told}


@bp.get("/upload")
@login_required
def form(me: Viewer) -> Any:
    """The form; it begins with the viewer's own licence."""
    return _form(
        me, {"licence": _licence_of(me), "album": request.args.get("album", "")[:MAX_TITLE_CHARACTERS]}
    )


def _licence_of(me: Viewer) -> str:
    """Sending files must not need the database: without it, nothing is granted unless the viewer says so."""
    try:
        chosen = parts().account_records.default_licence(me.owner)
    except CatalogueUnavailable:
        return DEFAULT
    return chosen if chosen in BY_CODE else DEFAULT


@bp.post("/upload")
@login_required
@token_checked_by_view
def accept(me: Viewer) -> Any:
    """Accept the files of a form; each stands for itself."""
    taker = intake(me, request.args.get("key"))
    try:
        files = files_of(taker, MAX_FILES_PER_FORM, refuse(Refusal.TOO_MANY_FILES))
    except Problem as problem:
        if problem.code == Refusal.TOO_MANY_FILES:
            return _form(me, {}, {"file": problem.detail}, problem.status)
        raise
    given = {"caption": request.form.get("caption", ""), "licence": request.form.get("licence", "")}
    given["album"] = request.form.get("album", "")
    if not files:
        return _form(me, given, {"file": "Choose at least one file."}, 422)
    outcomes = [taker.accept(file, given["caption"], given["licence"], given["album"]) for file in files]
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    if len(refused) == len(outcomes):
        return _form(me, given, _errors(refused), refused[0].problem.status)
    flash(_summary(len(outcomes) - len(refused), len(refused)), "success")
    if refused:
        flash(_faults(refused), "error")
    return redirect(url_for(".mine"), 303)


def _errors(refused: list[Refused]) -> dict[str, str]:
    if all(r.problem.code == Refusal.CAPTION_TOO_LONG for r in refused):
        return {"caption": refused[0].problem.detail}
    if all(r.problem.code in ALBUM_FAULTS for r in refused):
        return {"album": refused[0].problem.detail}
    return {"file": _faults(refused)}


def _faults(refused: list[Refused]) -> str:
    """What is wrong with each; only some are named, as the text may travel in a cookie of 4 kB."""
    said = [f"{r.filename[:MAX_NAME_SHOWN]}: {r.problem.detail}" for r in refused[:MAX_FAULTS_SHOWN]]
    if more := len(refused) - len(said):
        said.append(f"And {more} more.")
    return " ".join(said)


def _summary(accepted: int, refused: int) -> str:
    done = "1 file is uploaded" if accepted == 1 else f"{accepted} files are uploaded"
    return f"{done}, {refused} could not be taken." if refused else f"{done}. You can follow them here."


@bp.get("/uploads")
@login_required
def mine(me: Viewer) -> Any:
    """The viewer's uploads, wherever they are."""
    return _rows(me, "upload/mine.html")


@bp.get("/uploads/rows")
@login_required
def rows(me: Viewer) -> Any:
    """The same rows alone, for pages that refresh themselves."""
    return _rows(me, "upload/_rows.html")


def _rows(me: Viewer, template: str) -> Any:
    state = request.args.get("state", "all")
    if state not in FILTERS:
        raise Problem(404, "not_found", "There is no such filter.")
    follower = Follower(parts(), memory(), me)
    before = cursor()
    page = follower.page(state, before, PAGE, with_refused=True)
    images = follower.images_of(page.items)
    places = follower.places(page.items)
    return render_template(
        template,
        uploads=[UploadView.of(u, parts().media, images, places.get(u.id)) for u in page.items],
        state=state,
        count_each=follower.counts,  # asked for by the whole page alone
        signs=parts().receipts is not None,
        cursor=str(before) if before else None,
        next_url=url_for(".mine", state=state, cursor=page.next_cursor) if page.next_cursor else None,
    )

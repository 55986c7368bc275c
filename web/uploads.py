"""Pages for sharing: the upload form and «My uploads»."""

import secrets
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from shared.domain.limits import MAX_FILES_PER_FORM
from web.accept import Intake
from web.follow import FILTERS, Follower
from web.listing import cursor
from web.parts import parts
from web.problems import Problem
from web.receive import StreamingRequest
from web.sessions import check_csrf, login_required, viewer
from web.views import UploadView

bp = Blueprint("uploads", __name__)
PAGE = 50
FORM_OVERHEAD_BYTES = 1024 * 1024


def begin_intake(idempotency_key: str | None, files: int) -> Intake:
    """Have the request's files go to staging as they arrive. To be called before the form is touched.

    A body up to twice the limit is read to its end, so that its sender can read the answer; a longer one is not.
    """
    me = viewer()
    if me is None:
        raise Problem(401, "not_logged_in", "This needs a verified, logged-in user.")
    intake = Intake(parts(), me, idempotency_key)
    streaming = request._get_current_object()  # type: ignore[attr-defined]  # Werkzeug's proxy method
    assert isinstance(streaming, StreamingRequest)  # noqa: S101 -- the app's request class
    streaming.receiver = intake.open
    allowed = files * parts().settings.max_upload_bytes
    streaming.max_content_length = 2 * allowed + FORM_OVERHEAD_BYTES
    return intake


def _form(form: dict[str, str] | None = None, errors: dict[str, str] | None = None, status: int = 200) -> Any:
    page = render_template(
        "upload.html", form=form or {}, errors=errors or {}, form_key=secrets.token_urlsafe(12)
    )
    return page, status


@bp.get("/upload")
@login_required
def form() -> Any:
    """The form."""
    return _form()


@bp.post("/upload")
@login_required
def accept() -> Any:
    """Accept the files of a form; each stands for itself."""
    intake = begin_intake(request.args.get("key"), MAX_FILES_PER_FORM)
    given = {"caption": request.form.get("caption", ""), "licence": request.form.get("licence", "")}
    files = [f for f in intake.files if f.size_bytes or f.filename != "image"]
    accepted, refused = [], []
    try:
        check_csrf()
        _ = request.files
        for received in files:
            try:
                accepted.append(intake.accept(received, given["caption"], given["licence"]))
            except Problem as problem:
                refused.append((received.filename, problem))
    except Problem:
        intake.discard_all()
        raise
    if not files:
        return _form(given, {"file": "Choose at least one file."}, 422)
    if refused and not accepted and all(p.code == "caption_too_long" for _, p in refused):
        return _form(given, {"caption": refused[0][1].detail}, 422)
    if refused and not accepted:
        detail = " ".join(f"{name}: {fault.detail}" for name, fault in refused)
        return _form(given, {"file": detail}, refused[0][1].status)
    flash(_summary(len(accepted), len(refused)), "success")
    for name, fault in refused:
        flash(f"{name}: {fault.detail}", "error")
    return redirect(url_for(".mine"), 303)


def _summary(accepted: int, refused: int) -> str:
    done = "1 file is uploaded" if accepted == 1 else f"{accepted} files are uploaded"
    return f"{done}, {refused} could not be taken." if refused else f"{done}. You can follow them here."


@bp.get("/uploads")
@login_required
def mine() -> Any:
    """The viewer's uploads, wherever they are."""
    return _rows("uploads.html")


@bp.get("/uploads/rows")
@login_required
def rows() -> Any:
    """The same rows alone, for pages that refresh themselves."""
    return _rows("_upload_rows.html")


def _rows(template: str) -> Any:
    state = request.args.get("state", "all")
    if state not in FILTERS:
        raise Problem(404, "not_found", "There is no such filter.")
    me = viewer()
    assert me is not None  # noqa: S101 -- the decorators let nobody else in
    follower = Follower(parts(), me)
    before = cursor()
    page = follower.page(FILTERS[state], before, PAGE)
    images = follower.images_of(page.items)
    waiting = follower.queue_position() if any(u.status == "queued" for u in page.items) else None
    return render_template(
        template,
        uploads=[UploadView.of(u, parts().media, images, waiting) for u in page.items],
        state=state,
        cursor=str(before) if before else None,
        next_url=url_for(".mine", state=state, cursor=page.next_cursor) if page.next_cursor else None,
    )

"""The page on which an owner edits an image. It sends only what the person changed, and which version they saw."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for

from shared.domain.editing import FIELDS, Changes
from shared.domain.ids import parse_id
from shared.domain.images import Image
from shared.ports.editing import Conflict, Edited
from shared.ports.sessions import Viewer
from shared.ports.unavailable import CatalogueUnavailable
from web.http.guards import login_required
from web.http.paging import whole_number
from web.http.parts import parts
from web.http.problems import RETRY_AFTER_SECONDS, Problem, not_found
from web.http.wording import KEPT
from web.views.image import ImageView

bp = Blueprint("edit", __name__)
AWAY = "The portal can't save at the moment. Your text is kept on this page: save again shortly."


@bp.get("/image/<image_id>/edit")
@login_required
def form(me: Viewer, image_id: str) -> Any:
    """The form, as the image stands."""
    image = _own(me, _id(image_id))
    return _page(image.id, image, _fields(image), _fields(image), image.version)


@bp.post("/image/<image_id>/edit")
@login_required
def save(me: Viewer, image_id: str) -> Any:
    """Save what was changed, and go back to the image; or show the form again, with all that was typed."""
    known = _id(image_id)
    typed = {name: request.form.get(name, "") for name in FIELDS}
    # What the form held when it was shown: a field that was left alone overwrites nothing, whoever edited it meanwhile.
    shown = {name: request.form.get(f"shown_{name}", "").replace("\r\n", "\n") for name in FIELDS}
    version = whole_number(request.form.get("version", ""))
    again: dict[str, Any] = {"typed": typed, "shown": shown, "version": version}
    kept, errors = _kept(typed)
    mine = {name: value for name, value in kept.items() if value != shown[name]}
    try:
        if errors:
            return _page(known, _own(me, known), **again, errors=errors, status=422)
        answer = parts().editing.edit(known, me.owner, {version or 0}, Changes(**mine))
    except CatalogueUnavailable:
        return _page(known, None, **again, errors=errors or {"": AWAY}, status=503)
    if answer is None:
        raise not_found("This image")
    if isinstance(answer, Edited) or _is_as_wanted(answer.image, mine):
        flash("Your changes are saved." if mine else "Nothing was changed.", "success" if mine else "info")
        return redirect(url_for("gallery.image", image_id=known), 303)
    return _conflict(answer, mine)


def _conflict(conflict: Conflict, mine: dict[str, str]) -> Any:
    """Edited in two places: the person's own text beside what stands. Saving again overwrites it knowingly."""
    present = _fields(conflict.image)
    return _page(
        conflict.image.id,
        conflict.image,
        present | mine,
        present,
        conflict.image.version,
        meanwhile=conflict.changed,
        status=412,
    )


def _page(
    image_id: UUID,
    image: Image | None,
    typed: dict[str, str],
    shown: dict[str, str],
    version: int | None,
    *,
    errors: dict[str, str] | None = None,
    meanwhile: Any = None,
    status: int = 200,
) -> Any:
    response = make_response(
        render_template(
            "gallery/edit.html",
            image=ImageView.of(image, parts().media) if image else None,
            image_id=image_id,
            form=typed,
            shown=shown,
            version=version,
            errors=errors or {},
            meanwhile=meanwhile or {},
        ),
        status,
    )
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _own(me: Viewer, image_id: UUID) -> Image:
    """Also when a moderator hides it."""
    image = parts().images.with_hidden([image_id]).get(image_id)
    if image is None or image.owner != me.owner:
        raise not_found("This image")
    return image


def _id(text: str) -> UUID:
    if (known := parse_id(text)) is None:
        raise not_found("This image")
    return known


def _fields(image: Image) -> dict[str, str]:
    return {name: getattr(image, name) for name in FIELDS}


def _kept(typed: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Each field as it would be kept, or the sentence that says why not."""
    kept, errors = {}, {}
    for name, text in typed.items():
        try:
            kept[name] = KEPT[name](text)
        except Problem as problem:
            errors[name] = problem.detail
    return kept, errors


def _is_as_wanted(image: Image, mine: dict[str, str]) -> bool:
    """A form sent twice, or the same edit from another window: there is nothing to decide."""
    return all(getattr(image, name) == value for name, value in mine.items())

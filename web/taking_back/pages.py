"""Pages for taking back: a question that names what it is about, and the way back. All of it works without scripts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from shared.domain.ids import parse_id
from shared.domain.taking_back import UNDO_SECONDS
from shared.domain.uploads import GONE, State
from shared.ports.sessions import Viewer
from shared.ports.taking_back import Restored
from shared.staging import Staging
from web.http.guards import login_required
from web.http.parts import parts
from web.http.problems import Problem, not_found
from web.taking_back.problems import too_late
from web.taking_back.schema import MAX_IDS
from web.taking_back.second_thoughts import SecondThoughts
from web.views.image import ImageView

bp = Blueprint("taking_back", __name__)


@dataclass(frozen=True)
class Candidate:
    """What somebody thinks of taking back; `image` when it is published."""

    id: str
    filename: str
    image: ImageView | None


@bp.get("/image/<image_id>/take-back")
@login_required
def ask(me: Viewer, image_id: str) -> Any:
    """Asks whether an image is to be taken back."""
    known = parse_id(image_id)
    return _ask(me, [known] if known else [])


@bp.post("/take-back")
@login_required
def take_back(me: Viewer) -> Any:
    """Takes the chosen images back, once that was confirmed."""
    chosen = _chosen()
    if "confirmed" not in request.form:
        return _ask(me, chosen)
    thoughts = SecondThoughts(parts(), me)
    gone = [image_id for image_id in chosen if thoughts.take_back(image_id)]
    if not gone:
        raise not_found("This image")
    if len(gone) == 1:
        return redirect(url_for("gallery.image", image_id=gone[0]), 303)
    flash(f"{len(gone)} images are taken back. You can undo that for {UNDO_SECONDS} seconds.", "success")
    return redirect(url_for("upload.mine", state="gone"), 303)


@bp.post("/restore")
@login_required
def restore(me: Viewer) -> Any:
    """Undoes it, where that is not too late."""
    chosen = _chosen()
    thoughts = SecondThoughts(parts(), me)
    outcomes = [thoughts.restore(image_id) for image_id in chosen]
    if Restored.TOO_LATE in outcomes and Restored.THERE not in outcomes and Restored.QUEUED not in outcomes:
        raise too_late()
    if set(outcomes) <= {Restored.UNKNOWN}:
        raise not_found("This image")
    late = outcomes.count(Restored.TOO_LATE)
    flash(
        f"For {late} of them it was too late." if late else "Nothing is taken back.",
        "error" if late else "success",
    )
    if outcomes == [Restored.THERE]:
        return redirect(url_for("gallery.image", image_id=chosen[0]), 303)
    return redirect(url_for("upload.mine"), 303)


def _chosen() -> list[UUID]:
    """The ids of the form, each once."""
    chosen = [known for text in request.form.getlist("id") if (known := parse_id(text))]
    if len(chosen) > MAX_IDS:
        raise Problem(422, "too_many_ids", f"Choose at most {MAX_IDS} images at once.")
    return list(dict.fromkeys(chosen))


def _ask(me: Viewer, chosen: Sequence[UUID]) -> Any:
    candidates = [candidate for image_id in chosen if (candidate := _candidate(me, image_id))]
    if not candidates:
        if not chosen and request.method == "POST":
            raise Problem(422, "missing_field", "Choose at least one image, by the box on it.")
        raise not_found("This image")
    return render_template("taking_back/ask.html", candidates=candidates, undo_seconds=UNDO_SECONDS)


def _candidate(me: Viewer, image_id: UUID) -> Candidate | None:
    upload = parts().uploads.find(image_id)
    if upload is None:
        manifest = Staging(parts().store).manifest(me.owner, image_id)
        return Candidate(str(image_id), manifest.filename, None) if manifest else None
    if upload.owner != me.owner or upload.status in (*GONE, State.REJECTED):
        return None
    image = parts().images.with_hidden([image_id]).get(image_id)
    return Candidate(str(image_id), upload.filename, ImageView.of(image, parts().media) if image else None)

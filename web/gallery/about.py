"""What the portal takes, what it does with it, and what it keeps: by the values that this installation runs with."""

from flask import Blueprint, render_template

from shared.domain.delivery import MAX_RECEIVE_COUNT
from shared.domain.formats import FORMATS
from shared.domain.taking_back import UNDO_FOR
from web.http.guards import open_to_all
from web.http.parts import parts

bp = Blueprint("about", __name__)


@bp.get("/about")
@open_to_all
def page() -> str:
    """Limits, formats, metadata, and what becomes of what is taken back."""
    return render_template(
        "gallery/about.html",
        formats=FORMATS,
        quota=parts().settings.quota,
        undo_seconds=int(UNDO_FOR.total_seconds()),
        attempts=MAX_RECEIVE_COUNT,
    )

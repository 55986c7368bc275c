"""The operators' page."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, render_template

from shared.domain.uploads import Upload
from shared.ports.sessions import Viewer
from web.http.guards import operator_required
from web.http.parts import parts
from web.operators.figures import asked, queue_view
from web.operators.signs import ICONS, signs
from web.views.upload import UploadView

bp = Blueprint("operators", __name__)
RECENT, WAITING = 25, 10


def _context() -> dict[str, Any]:
    queue = queue_view()
    waiting = asked(lambda: queue.waiting.newest(WAITING) if queue.waiting else []) or []
    return {
        "queue": queue,
        "queue_error": queue.error,
        "signs": signs(queue),
        "icons": ICONS,
        "recent": asked(lambda: _recent(waiting)),
        "unshown": queue.unrecorded - len(waiting),
        "now": datetime.now(UTC),
    }


def _recent(waiting: list[Upload]) -> list[UploadView]:
    known = parts().uploads.recent(RECENT)
    # One that a worker has begun since it was looked for is told by its record.
    newest = {upload.id: upload for upload in waiting} | {u.id: u for u in known}
    recent = sorted(newest.values(), key=lambda u: u.id, reverse=True)
    images = parts().images.find_many([u.id for u in recent])
    return [UploadView.of(u, parts().media, images, None) for u in recent]


@bp.get("/ops")
@operator_required
def page(_viewer: Viewer) -> Any:
    """The page."""
    return render_template("operators/page.html", **_context())


@bp.get("/ops/strip")
@operator_required
def strip(_viewer: Viewer) -> Any:
    """What changes on it, for pages that refresh themselves."""
    return render_template("operators/_strip.html", **_context())

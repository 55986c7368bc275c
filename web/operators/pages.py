"""The operators' page."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, render_template

from shared.operating.figures import queue_view
from shared.ports.sessions import Viewer
from web.http.guards import operator_required
from web.http.parts import parts
from web.views.upload import UploadView

bp = Blueprint("operators", __name__)
RECENT, WAITING = 25, 10


def _context() -> dict[str, Any]:
    queue = queue_view(parts())
    known = parts().uploads.recent(RECENT)
    # One that a worker has begun since it was looked for is told by its record.
    waiting = {upload.id: upload for upload in queue.waiting.newest(WAITING, parts().store)}
    recent = sorted((waiting | {u.id: u for u in known}).values(), key=lambda u: u.id, reverse=True)
    images = parts().images.find_many([u.id for u in recent])
    return {
        "queue": queue,
        "queue_error": queue.error,
        "recent": [UploadView.of(u, parts().media, images, None) for u in recent],
        "unshown": len(queue.waiting.unrecorded) - len(waiting),
        "now": datetime.now(UTC),
    }


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

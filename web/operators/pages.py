"""The operators' page."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, render_template

from shared.domain.uploads import Upload
from shared.operating.figures import QueueView, queue_view
from shared.operating.forecasting import depth_of
from shared.ports.sessions import Viewer
from web.http.guards import operator_required
from web.http.parts import parts
from web.operators.asking import asked
from web.operators.consistency import outcome_if_known
from web.operators.signs import ICONS, Numbers, signs
from web.views.upload import UploadView

bp = Blueprint("operators", __name__)
RECENT, WAITING = 25, 10
NO_RECORDS = "The database can’t be reached; what it counts is unknown."


def _context() -> dict[str, Any]:
    queue = asked(lambda: queue_view(parts()))
    numbers = Numbers.of(queue) if queue else Numbers.without_records(depth_of(parts().queue))
    waiting = asked(lambda: _waiting(queue)) or []
    return {
        "queue": queue,
        "queue_error": queue.error if queue else NO_RECORDS,
        "numbers": numbers,
        "signs": signs(
            numbers,
            queue.forecast if queue else None,
            stalled=queue is not None and queue.stalled,
            paused=queue is not None and queue.pause is not None,
        ),
        "icons": ICONS,
        "recent": asked(lambda: _recent(waiting)),
        "unshown": len(queue.waiting.unrecorded) - len(waiting) if queue and queue.waiting else 0,
        "now": datetime.now(UTC),
    }


def _waiting(queue: QueueView | None) -> list[Upload]:
    return queue.waiting.newest(WAITING, parts().store) if queue and queue.waiting else []


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
    return render_template("operators/page.html", **_context(), consistency=outcome_if_known())


@bp.get("/ops/strip")
@operator_required
def strip(_viewer: Viewer) -> Any:
    """What changes on it, for pages that refresh themselves."""
    return render_template("operators/_strip.html", **_context())

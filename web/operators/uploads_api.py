"""Any upload, as operators' programs ask for it."""

from shared.domain.ids import parse_id
from shared.domain.operator_acts import Operator, Way
from shared.operating import fields
from shared.operating.finding import find
from shared.operating.timeline import timeline_of
from shared.ports.sessions import Viewer
from web.http.api import Access, Answer, Routes
from web.http.parts import parts
from web.http.problems import not_found
from web.operators.uploads_schema import AnyUploadId, FindUploads, FoundUpload, FoundUploads, TimelineResource

routes = Routes()


@routes.add(
    "GET",
    "/operations/uploads",
    access=Access.OPERATOR,
    answer=Answer(200, "Uploads, newest first.", FoundUploads),
    problems=("invalid_cursor", "invalid_limit"),
)
def find_uploads(viewer: Viewer, query: FindUploads) -> FoundUploads:
    """Find uploads among all.

    By id, by the eight characters that an owner was told, by `@` and a username, by an owner's id, by SHA-256, or by
    the beginning of a file name. Without a text, the latest. The first page has what waits in staging as well. Each
    call is logged.
    """
    found = find(parts(), _operator(viewer), query.q, query.cursor, query.limit)
    return FoundUploads(
        items=[FoundUpload(**fields.of_upload(u)) for u in (*found.waiting.value, *found.uploads.value)],
        unknown=[part.unknown for part in (found.uploads, found.waiting) if part.unknown],
        next_cursor=str(found.cursor) if found.cursor else None,
    )


@routes.add(
    "GET",
    "/operations/uploads/<upload_id>",
    access=Access.OPERATOR,
    answer=Answer(200, "All that is known of it.", TimelineResource),
    problems=("not_found",),
)
def get_timeline(viewer: Viewer, upload_id: AnyUploadId) -> TimelineResource:
    """One upload: its way, timeline, objects, message and manifest.

    A part of the portal that is away leaves its part out, and `unknown` says so. Each call is logged.
    """
    known = parse_id(upload_id)
    told = timeline_of(parts(), _operator(viewer), known) if known else None
    if told is None:
        raise not_found("This upload")
    return TimelineResource.model_validate(fields.of_timeline(told))


def _operator(viewer: Viewer) -> Operator:
    return Operator(viewer.username, Way.API)

"""Uploads that wait for moderators, over the API."""

from shared.ports.sessions import Viewer
from web.http.api import Access, Answer, Routes
from web.moderation import holding
from web.moderation.held_schema import HeldList, HeldResource, RefuseHeld, UploadId
from web.moderation.schema import ListReports

routes = Routes()


@routes.add(
    "GET",
    "/moderation/held",
    access=Access.MODERATOR,
    answer=Answer(200, "Held uploads, newest first.", HeldList),
    problems=("invalid_cursor", "invalid_limit"),
)
def list_held(query: ListReports) -> HeldList:
    """What is held.

    These uploads are, or look like, what was removed. Nobody sees them until a moderator decides.
    """
    found, more = holding.waiting(query.cursor, query.limit)
    return HeldList(items=[HeldResource.of(one) for one in found], next_cursor=str(more) if more else None)


@routes.add(
    "POST",
    "/moderation/held/<upload_id>/release",
    access=Access.MODERATOR,
    answer=Answer(204, "It will be published."),
    problems=("not_found", "not_possible"),
)
def release_held(viewer: Viewer, upload_id: UploadId) -> None:
    """Let a held upload be published.

    Whatever it looks like. The audit says who did it.
    """
    holding.release(viewer, upload_id)


@routes.add(
    "POST",
    "/moderation/held/<upload_id>/refuse",
    access=Access.MODERATOR,
    answer=Answer(204, "It is rejected."),
    problems=("not_found", "not_possible"),
)
def refuse_held(viewer: Viewer, upload_id: UploadId, body: RefuseHeld) -> None:
    """Reject a held upload.

    Its owner reads why, and what is stored is erased. The audit says who did it.
    """
    holding.refuse(viewer, upload_id, body.because)

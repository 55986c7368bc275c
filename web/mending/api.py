"""Dismissing, and trying once more."""

from shared.ports.sessions import Viewer
from web.http.api import Access, Answer, Routes
from web.mending import mending
from web.mending.schema import UploadId

routes = Routes()


@routes.add(
    "PUT",
    "/uploads/<upload_id>/dismissal",
    access=Access.PERSON,
    answer=Answer(204, "It is dismissed, now or already."),
    problems=("not_found",),
)
def dismiss_upload(viewer: Viewer, upload_id: UploadId) -> None:
    """Dismiss a rejected upload.

    Lists leave it out from now on, but that of `status=dismissed`; the record stays. For its owner.
    """
    mending.dismiss(viewer, upload_id, dismissed=True)


@routes.add(
    "DELETE",
    "/uploads/<upload_id>/dismissal",
    access=Access.PERSON,
    answer=Answer(204, "Lists show it again."),
    problems=("not_found",),
)
def show_upload_again(viewer: Viewer, upload_id: UploadId) -> None:
    """Undo the dismissal of a rejected upload."""
    mending.dismiss(viewer, upload_id, dismissed=False)


@routes.add(
    "POST",
    "/uploads/<upload_id>/retry",
    access=Access.PERSON,
    answer=Answer(204, "It waits for a worker again, or was on its way anyhow."),
    problems=("not_found", "not_kept", "retried_before"),
)
def retry_upload(viewer: Viewer, upload_id: UploadId) -> None:
    """Have a failed upload tried once more.

    Works once for each upload; after that it waits for an operator. The call may be repeated. For its owner.
    """
    mending.retry(viewer, upload_id)

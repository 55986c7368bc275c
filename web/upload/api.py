"""Sending a file, and following it."""

from uuid import UUID

from flask import request, url_for

from shared.domain.ids import parse_id
from shared.domain.refusals import Refusal
from shared.domain.uploads import State, Upload
from shared.ports.sessions import Viewer
from shared.ports.unavailable import CatalogueUnavailable
from web.http.api import Access, Answer, Routes
from web.http.inputs import read_form
from web.http.parts import memory, parts
from web.http.problems import Problem, not_found, refuse
from web.upload.follow import Follower
from web.upload.pages import files_of, intake
from web.upload.receive import Received, Refused
from web.upload.schema import (
    IDEMPOTENCY_KEY,
    MAX_IDS,
    AcceptedUpload,
    AskKnown,
    KnownImage,
    KnownImages,
    ListUploads,
    UploadForm,
    UploadId,
    UploadList,
    UploadResource,
)
from web.views.image import ImageView
from web.views.schema import ImageResource
from web.views.upload import UploadView

routes = Routes()


def _views(follower: Follower, found: list[Upload]) -> list[UploadView]:
    images = follower.images_of(found)
    places = follower.places(found)
    return [UploadView.of(u, parts().media, images, places.get(u.id)) for u in found]


@routes.add(
    "POST",
    "/images",
    access=Access.PERSON,
    answer=Answer(202, "Accepted.", AcceptedUpload, location="status_url"),
    form=UploadForm,
    headers=(IDEMPOTENCY_KEY,),
    problems=(
        "incomplete",
        "too_slow",
        "unsupported_type",
        "empty",
        "one_file",
        "caption_too_long",
        "unknown_licence",
        "title_too_long",
        "unknown_album",
        "album_full",
        "invalid_idempotency_key",
        "over_quota",
        "idempotency_key_reused",
        "store_unavailable",
    ),
)
def upload_image(viewer: Viewer) -> AcceptedUpload:
    """Upload an image.

    Accepted means kept: from here on the file is published or refused with a reason, whatever fails in between. Follow
    it at `status_url`. With an `Idempotency-Key`, repeating the same request returns the same upload.
    """
    if request.mimetype != "multipart/form-data":
        raise Problem(415, "not_multipart", "Send multipart/form-data with the file in the field «file».")
    taker = intake(viewer, request.headers.get(IDEMPOTENCY_KEY.name))
    one_file = refuse(Refusal.ONE_FILE)
    files = files_of(taker, 1, one_file)
    try:
        form = read_form(UploadForm)
        if len(files) != 1 or "file" not in request.files:
            raise one_file
    except Problem:
        taker.discard(files)
        raise
    accepted = taker.accept(files[0], form.caption, form.licence, form.album)
    if isinstance(accepted, Refused):
        raise accepted.problem
    repeated = isinstance(files[0], Received) and files[0].claim.repeated
    return AcceptedUpload(
        id=str(accepted.upload_id),
        status=_status(viewer, accepted.upload_id) if repeated else State.QUEUED,
        status_url=url_for(".get_upload", upload_id=str(accepted.upload_id), _external=True),
    )


def _status(viewer: Viewer, upload_id: UUID) -> State:
    """A repeated request may find its upload further on."""
    try:
        upload = Follower(parts(), memory(), viewer).find(upload_id)
    except CatalogueUnavailable:
        return State.QUEUED
    return upload.status if upload else State.QUEUED


@routes.add(
    "POST",
    "/known-images",
    access=Access.PERSON,
    answer=Answer(200, "Which of them are here.", KnownImages),
    problems=("invalid_field",),
)
def find_known_images(viewer: Viewer, body: AskKnown) -> KnownImages:
    """Which files you have here already.

    By the digests of their bytes, so that nothing needs to be sent to find out. Only your own published images count.
    """
    known = parts().fingerprints.known(viewer.owner, body.sha256)
    images = parts().images.with_hidden(list(known.values()))
    media = parts().media
    return KnownImages(
        items=[
            KnownImage(sha256=sha256, image=ImageResource.of(ImageView.of(images[image_id], media)))
            for sha256, image_id in known.items()
            if image_id in images
        ]
    )


@routes.add(
    "GET",
    "/uploads",
    access=Access.PERSON,
    answer=Answer(200, "Uploads, newest first.", UploadList, conditional=True),
    problems=("unknown_status", "too_many_ids", "invalid_cursor", "invalid_limit"),
)
def list_uploads(viewer: Viewer, query: ListUploads) -> UploadList:
    """Your uploads.

    With `ids` just those, for programs that follow a batch.
    """
    follower = Follower(parts(), memory(), viewer)
    if query.ids is not None:
        ids = [parsed for text in query.ids.split(",") if (parsed := parse_id(text))]
        if len(ids) > MAX_IDS:
            raise Problem(422, "too_many_ids", f"Ask for at most {MAX_IDS} uploads at once.")
        found, next_cursor = follower.find_many(ids), None
    else:
        page = follower.page(query.status, query.cursor, query.limit)
        found, next_cursor = page.items, page.next_cursor
    items = [UploadResource.of(view) for view in _views(follower, found)]
    return UploadList(items=items, next_cursor=next_cursor)


@routes.add(
    "GET",
    "/uploads/<upload_id>",
    access=Access.PERSON,
    answer=Answer(200, "The upload.", UploadResource),
    problems=("not_found",),
)
def get_upload(viewer: Viewer, upload_id: UploadId) -> UploadResource:
    """One upload with its timeline.

    For its owner and for operators.
    """
    follower, known = Follower(parts(), memory(), viewer), parse_id(upload_id)
    found = follower.find(known) if known else None
    if found is None:
        raise not_found("This upload")
    events = parts().uploads.events(found.id) if found.unchanged_for is not None else []
    return UploadResource.of(_views(follower, [found])[0], events)

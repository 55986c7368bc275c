"""One's own links for people without an account."""

from shared.domain.ids import new_upload_id
from shared.domain.shares import Kept, Kind, NewTerms
from shared.ports.sessions import Viewer
from web.http.api import Access, Answer, Routes
from web.http.parts import parts
from web.http.problems import Problem
from web.sharing.making import change_terms, make, own_share, own_target, password_hash, revoke, until
from web.sharing.schema import (
    AlbumId,
    ChangeShare,
    CreateShare,
    ImageId,
    ListShares,
    ShareId,
    ShareList,
    ShareResource,
)

routes = Routes()


@routes.add(
    "POST",
    "/images/<image_id>/shares",
    access=Access.PERSON,
    answer=Answer(201, "The link.", ShareResource),
    problems=("not_found", "weak_password"),
)
def share_image(viewer: Viewer, image_id: ImageId, body: CreateShare) -> ShareResource:
    """Make a link to an image of yours, for people without an account."""
    return _made(viewer, Kind.IMAGE, image_id, body)


@routes.add(
    "POST",
    "/albums/<album_id>/shares",
    access=Access.PERSON,
    answer=Answer(201, "The link.", ShareResource),
    problems=("not_found", "weak_password"),
)
def share_album(viewer: Viewer, album_id: AlbumId, body: CreateShare) -> ShareResource:
    """Make a link to an album of yours, for people without an account."""
    return _made(viewer, Kind.ALBUM, album_id, body)


@routes.add(
    "POST",
    "/account/shares",
    access=Access.PERSON,
    answer=Answer(201, "The link.", ShareResource),
    problems=("weak_password",),
)
def share_all(viewer: Viewer, body: CreateShare) -> ShareResource:
    """Make a link to all that you publish, for people without an account."""
    return _made(viewer, Kind.PROFILE, "", body)


@routes.add(
    "GET",
    "/shares",
    access=Access.PERSON,
    answer=Answer(200, "Links, newest first.", ShareList),
    problems=("invalid_cursor", "invalid_limit"),
)
def list_shares(viewer: Viewer, query: ListShares) -> ShareList:
    """Your links, those that have ended too."""
    found = parts().shares.of_owner(viewer.owner, query.cursor, query.limit + 1)
    items = [ShareResource.of(share) for share in found[: query.limit]]
    return ShareList(items=items, next_cursor=items[-1].id if len(found) > query.limit else None)


@routes.add(
    "GET",
    "/shares/<share_id>",
    access=Access.PERSON,
    answer=Answer(200, "The link.", ShareResource),
    problems=("not_found",),
)
def get_share(viewer: Viewer, share_id: ShareId) -> ShareResource:
    """One of your links."""
    return ShareResource.of(own_share(viewer, share_id))


@routes.add(
    "PATCH",
    "/shares/<share_id>",
    access=Access.PERSON,
    answer=Answer(200, "The link as it is now.", ShareResource),
    problems=("link_ended", "not_found", "weak_password"),
)
def change_share(viewer: Viewer, share_id: ShareId, body: ChangeShare) -> ShareResource:
    """Change until when a link is good, or its password.

    An expired one may be made good again; a revoked one may not. Who has typed the old password must type the new one.
    """
    if not body.model_fields_set:
        raise Problem(422, "missing_field", "Missing: expires_at, password or both.")
    given = body.model_fields_set
    terms = NewTerms(
        lifetime=until(body.expires_at) if "expires_at" in given else Kept.KEPT,
        password_hash=password_hash(body.password) if "password" in given else Kept.KEPT,
    )
    return ShareResource.of(change_terms(viewer, share_id, terms))


@routes.add(
    "DELETE",
    "/shares/<share_id>",
    access=Access.PERSON,
    answer=Answer(204, "It shows nothing, now or already."),
    problems=("not_found",),
)
def revoke_share(viewer: Viewer, share_id: ShareId) -> None:
    """Revoke a link.

    Whoever opens it is told that it has ended. There is no way back; make another one.
    """
    revoke(viewer, share_id)


def _made(viewer: Viewer, kind: Kind, target: str, body: CreateShare) -> ShareResource:
    lifetime, password = until(body.expires_at), body.password
    share = make(viewer, new_upload_id(), kind, own_target(viewer, kind, target), lifetime, password)
    return ShareResource.of(share)

"""One's own links for people without an account."""

from shared.domain.ids import new_upload_id
from shared.domain.shares import Kept, Kind, NewTerms
from shared.ports.sessions import Viewer
from web.http.api import Access, Answer, Routes
from web.http.parts import parts
from web.http.problems import Problem
from web.sharing.making import change_terms, lifetime, make, own_share, own_target, password_hash, revoke
from web.sharing.schema import ChangeShare, CreateShare, ListShares, ShareId, ShareList, ShareResource

routes = Routes()


@routes.add(
    "POST",
    "/shares",
    access=Access.PERSON,
    answer=Answer(201, "The link.", ShareResource),
    problems=("not_found", "weak_password"),
)
def create_share(viewer: Viewer, body: CreateShare) -> ShareResource:
    """Make a link for people without an account.

    It shows an image of yours, or all that you publish, to whoever has it.
    """
    if body.kind is not Kind.PROFILE and not body.target:
        raise Problem(422, "missing_field", "Missing, empty or not a string: target.")
    if body.kind is Kind.PROFILE and body.target:
        raise Problem(422, "invalid_field", "target: a profile is your own; leave it out.")
    target = own_target(viewer, body.kind, body.target)
    share = make(viewer, new_upload_id(), body.kind, target, body.expires_in_hours, body.password)
    return ShareResource.of(share)


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
        raise Problem(422, "missing_field", "Missing: expires_in_hours, password or both.")
    given = body.model_fields_set
    terms = NewTerms(
        lifetime=lifetime(body.expires_in_hours) if "expires_in_hours" in given else Kept.KEPT,
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

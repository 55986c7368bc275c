"""Albums for programs."""

from uuid import UUID

from shared.domain.albums import Album, AlbumChanges
from shared.ports.albums import AlbumConflict, AlbumFault
from shared.ports.sessions import Viewer
from web.albums.answers import checked, fault, known_id, needed_title
from web.albums.schema import (
    AlbumId,
    AlbumList,
    AlbumResource,
    EditAlbum,
    ListAlbums,
    NewAlbum,
)
from web.http.api import Access, Answer, Routes
from web.http.inputs import id_in_body
from web.http.parts import parts
from web.http.preconditions import IF_MATCH, etag, versions_seen
from web.http.problems import Problem, not_found
from web.http.wording import kept_description
from web.views.album import album_views

routes = Routes()


@routes.add(
    "POST",
    "/albums",
    access=Access.PERSON,
    answer=Answer(201, "The new album.", AlbumResource, version="version"),
    problems=("description_too_long", "title_taken", "title_too_long"),
)
def make_album(viewer: Viewer, body: NewAlbum) -> AlbumResource:
    """Make an album.

    You have no two of the same title: a call that is sent twice makes one.
    """
    title, description = needed_title(body.title), kept_description(body.description)
    made = parts().albums.create(viewer.owner, viewer.username, title, description)
    if isinstance(made, AlbumFault):
        raise fault(made)
    return _resource(made)


@routes.add(
    "GET",
    "/albums",
    access=Access.PERSON,
    answer=Answer(200, "Albums, newest first.", AlbumList),
    problems=("invalid_cursor", "invalid_limit"),
)
def list_albums(viewer: Viewer, query: ListAlbums) -> AlbumList:
    """A person's albums."""
    by = query.by.strip().removeprefix("@").lower()[:30] or viewer.username
    found = parts().albums.of_user(by, query.cursor, query.limit + 1)
    shown = found[: query.limit]
    items = [AlbumResource.of(view) for view in album_views(parts(), shown)]
    return AlbumList(items=items, next_cursor=items[-1].id if len(found) > query.limit else None)


@routes.add(
    "GET",
    "/albums/<album_id>",
    access=Access.PERSON,
    answer=Answer(200, "The album.", AlbumResource, version="version"),
    problems=("not_found",),
)
def get_album(album_id: AlbumId) -> AlbumResource:
    """One album."""
    return _resource(_found(known_id(album_id)))


@routes.add(
    "PATCH",
    "/albums/<album_id>",
    access=Access.PERSON,
    answer=Answer(200, "The album as it is now.", AlbumResource, version="version"),
    headers=(IF_MATCH,),
    problems=(
        "changed_meanwhile",
        "description_too_long",
        "if_match_required",
        "not_found",
        "not_in_album",
        "title_taken",
        "title_too_long",
    ),
)
def edit_album(viewer: Viewer, album_id: AlbumId, body: EditAlbum) -> AlbumResource:
    """Edit an album of yours.

    Its words and its cover; `If-Match` keeps you from overwriting what you have not seen.
    """
    seen, given = versions_seen(), body.model_fields_set
    if not given:
        raise Problem(422, "missing_field", "Missing: one of title, description, cover at least.")
    changes = AlbumChanges(
        title=needed_title(body.title) if "title" in given else None,
        description=kept_description(body.description) if "description" in given else None,
        cover=id_in_body(body.cover, "cover") if "cover" in given else None,
    )
    answer = parts().albums.edit(known_id(album_id), viewer.owner, seen, changes)
    if isinstance(answer, AlbumConflict):
        named = ", ".join(answer.changed)
        detail = f"Nothing was changed: this album is no longer as you saw it. Changed meanwhile: {named}."
        version = etag(answer.album.version)
        raise Problem(412, "changed_meanwhile", detail, changed=answer.changed, etag=version)
    return _resource(checked(answer))


@routes.add(
    "DELETE",
    "/albums/<album_id>",
    access=Access.PERSON,
    answer=Answer(204, "It is gone, and its images are where they were."),
    problems=("not_found",),
)
def delete_album(viewer: Viewer, album_id: AlbumId) -> None:
    """Delete an album of yours.

    Its images stay.
    """
    if not parts().albums.delete(known_id(album_id), viewer.owner):
        raise not_found("This album")


def _found(album_id: UUID) -> Album:
    return checked(parts().albums.find(album_id))


def _resource(album: Album) -> AlbumResource:
    return AlbumResource.of(album_views(parts(), [album])[0])

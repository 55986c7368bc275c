"""Albums for programs."""

from uuid import UUID

from shared.domain.albums import MAX_IMAGES_AT_ONCE, Album, AlbumChanges
from shared.ports.albums import END, START, AlbumConflict, AlbumFault, Place
from shared.ports.sessions import Viewer
from web.albums.answers import checked, fault, known_id, needed_title
from web.albums.schema import (
    AddedImages,
    AlbumId,
    AlbumImageList,
    AlbumList,
    AlbumResource,
    EditAlbum,
    ListAlbumImages,
    ListAlbums,
    MovedImages,
    MoveImages,
    NewAlbum,
    RemovedImages,
    SomeImages,
)
from web.http.api import Access, Answer, Routes
from web.http.inputs import id_in_body
from web.http.parts import parts
from web.http.preconditions import IF_MATCH, etag, versions_seen
from web.http.problems import Problem, not_found
from web.http.wording import kept_description
from web.views.album import album_views
from web.views.image import ImageView
from web.views.schema import ImageResource

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


@routes.add(
    "GET",
    "/albums/<album_id>/images",
    access=Access.PERSON,
    answer=Answer(200, "Images in the album's order.", AlbumImageList),
    problems=("not_found", "invalid_cursor", "invalid_limit"),
)
def list_album_images(album_id: AlbumId, query: ListAlbumImages) -> AlbumImageList:
    """An album's images.

    `next_cursor` is a place in the order, which its owner may change meanwhile.
    """
    album = _found(known_id(album_id))
    page = parts().albums.images(album.id, query.cursor, query.limit)
    items = [ImageResource.of(ImageView.of(image, parts().media)) for image in page.items]
    return AlbumImageList(items=items, next_cursor=None if page.next is None else str(page.next))


@routes.add(
    "POST",
    "/albums/<album_id>/images",
    access=Access.PERSON,
    answer=Answer(200, "What became of each.", AddedImages),
    problems=("album_full", "not_found", "too_many_ids"),
)
def add_to_album(viewer: Viewer, album_id: AlbumId, body: SomeImages) -> AddedImages:
    """Add images of yours to the end of an album of yours.

    All that are new to it come in, or none. The call may be repeated.
    """
    added = checked(parts().albums.add(known_id(album_id), viewer.owner, _ids(body.ids)))
    return AddedImages(
        added=[str(i) for i in added.added],
        present=[str(i) for i in added.present],
        not_found=[str(i) for i in added.unknown],
    )


@routes.add(
    "DELETE",
    "/albums/<album_id>/images",
    access=Access.PERSON,
    answer=Answer(200, "They are no longer in it.", RemovedImages),
    problems=("not_found", "too_many_ids"),
)
def remove_from_album(viewer: Viewer, album_id: AlbumId, body: SomeImages) -> RemovedImages:
    """Take images out of an album of yours.

    The images themselves stay. The call may be repeated.
    """
    return RemovedImages(
        removed=checked(parts().albums.remove(known_id(album_id), viewer.owner, _ids(body.ids)))
    )


@routes.add(
    "POST",
    "/albums/<album_id>/order",
    access=Access.PERSON,
    answer=Answer(200, "They are where you want them.", MovedImages),
    problems=("not_found", "not_in_album", "too_many_ids"),
)
def move_in_album(viewer: Viewer, album_id: AlbumId, body: MoveImages) -> MovedImages:
    """Move images of an album of yours.

    They keep the order of `ids`. The call may be repeated.
    """
    given = {name: value for name in ("before", "after", "to") if (value := getattr(body, name))}
    if len(given) != 1 or body.to not in ("", "start", "end"):
        raise Problem(422, "invalid_field", "Give one of `before`, `after` (an id) and `to` (start or end).")
    if body.to:
        place = START if body.to == "start" else END
    else:
        place = Place(after=bool(body.after), anchor=id_in_body(body.before or body.after, "before, after"))
    moved = parts().albums.move(known_id(album_id), viewer.owner, _ids(body.ids), place)
    return MovedImages(moved=checked(moved))


def _found(album_id: UUID) -> Album:
    return checked(parts().albums.find(album_id))


def _ids(texts: list[str]) -> list[UUID]:
    if len(texts) > MAX_IMAGES_AT_ONCE:
        raise Problem(422, "too_many_ids", f"Name at most {MAX_IMAGES_AT_ONCE:,} images at once.")
    return list(dict.fromkeys(id_in_body(text) for text in texts))


def _resource(album: Album) -> AlbumResource:
    return AlbumResource.of(album_views(parts(), [album])[0])

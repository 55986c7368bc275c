"""What albums hold, for programs."""

from collections.abc import Iterator
from uuid import UUID

from shared.domain.albums import MAX_IMAGES_AT_ONCE
from shared.ports.albums import END, START, Place
from shared.ports.sessions import Viewer
from web.albums.answers import checked, known_id
from web.albums.schema import (
    AddedImages,
    AlbumId,
    AlbumImageList,
    AllImages,
    ListAlbumImages,
    MovedImages,
    MoveImages,
    RemovedImages,
    SetImages,
    SomeImages,
)
from web.http.api import Access, Answer, Routes
from web.http.inputs import id_in_body
from web.http.parts import parts
from web.http.problems import Problem
from web.views.image import ImageView
from web.views.schema import ImageResource

routes = Routes()


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
    album = checked(parts().albums.find(known_id(album_id)))
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
    "PUT",
    "/albums/<album_id>/images",
    access=Access.PERSON,
    answer=Answer(200, "The album holds these, in this order.", SetImages),
    problems=("album_full", "not_found", "too_many_ids"),
)
def set_album_images(viewer: Viewer, album_id: AlbumId, body: AllImages) -> SetImages:
    """Have an album of yours hold these images, in this order, and no others.

    Cut off in between, it holds some of both; the call may be repeated.
    """
    album, wanted = known_id(album_id), _ids(body.ids)
    # Even of none: who may not is told so here.
    unknown = checked(parts().albums.add(album, viewer.owner, wanted)).unknown
    kept = [image for image in wanted if image not in set(unknown)]
    others = [image for image in _held(album) if image not in set(kept)]
    for at in range(0, len(others), MAX_IMAGES_AT_ONCE):
        checked(parts().albums.remove(album, viewer.owner, others[at : at + MAX_IMAGES_AT_ONCE]))
    if kept:
        checked(parts().albums.move(album, viewer.owner, kept, START))
    return SetImages(count=len(kept), not_found=[str(image) for image in unknown])


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


def _held(album_id: UUID) -> Iterator[UUID]:
    cursor: int | None = None
    while True:
        page = parts().albums.images(album_id, cursor, MAX_IMAGES_AT_ONCE)
        yield from (image.id for image in page.items)
        if (cursor := page.next) is None:
            return


def _ids(texts: list[str]) -> list[UUID]:
    if len(texts) > MAX_IMAGES_AT_ONCE:
        raise Problem(422, "too_many_ids", f"Name at most {MAX_IMAGES_AT_ONCE:,} images at once.")
    return list(dict.fromkeys(id_in_body(text) for text in texts))

"""Finding images and people."""

from shared.domain.accounts import USERNAME
from shared.domain.ids import parse_id
from web.gallery.missing import missing
from web.gallery.query import Asked, list_images
from web.gallery.schema import FindImages, ImageId, ImageList, PersonName, PersonResource
from web.http.api import Access, Answer, Routes
from web.http.parts import parts
from web.http.problems import not_found
from web.views.image import ImageView
from web.views.schema import ImageResource

routes = Routes()


@routes.add(
    "GET",
    "/images",
    access=Access.PERSON,
    answer=Answer(200, "Images, newest first.", ImageList),
    problems=("unknown_licence", "too_many_words", "invalid_cursor", "invalid_limit"),
)
def find_images(query: FindImages) -> ImageList:
    """Find images by words, hashtags, people and licence.

    All conditions must hold. `q` understands words, `#tag` and `@user`.
    """
    asked = Asked.of(query.q, query.user, query.tag, query.licence, commercial=query.commercial)
    return ImageList.of(list_images(asked, query.cursor, query.limit))


@routes.add(
    "GET",
    "/images/<image_id>",
    access=Access.PERSON,
    answer=Answer(200, "The image.", ImageResource),
    problems=("not_found", "taken_back"),
)
def get_image(image_id: ImageId) -> ImageResource:
    """One image."""
    known = parse_id(image_id)
    record = parts().images.find(known) if known else None
    if record is None:
        raise missing(parts().uploads.find(known) if known else None)
    return ImageResource.of(ImageView.of(record, parts().media))


@routes.add(
    "GET",
    "/users/<username>",
    access=Access.PERSON,
    answer=Answer(200, "The person.", PersonResource),
    problems=("not_found",),
)
def get_user(username: PersonName) -> PersonResource:
    """A person, and how many images they share."""
    account = parts().accounts.find(username) if USERNAME.fullmatch(username) else None
    if account is None:
        raise not_found("This person")
    return PersonResource(
        username=account.username, images=parts().images.count_of(username), joined_at=account.joined_at
    )

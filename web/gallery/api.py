"""Finding images and people."""

from dataclasses import asdict
from uuid import UUID

from shared.domain.accounts import USERNAME
from shared.domain.editing import Changes
from shared.domain.ids import parse_id
from shared.ports.editing import Conflict
from shared.ports.sessions import Viewer
from web.gallery.query import Asked, list_images
from web.gallery.schema import (
    AskForNewer,
    EditImage,
    EditImages,
    EditOutcome,
    EditOutcomes,
    FindImages,
    ImageId,
    ImageList,
    NewerImages,
    PersonName,
    PersonResource,
    Suggest,
    SuggestionResource,
    Suggestions,
)
from web.gallery.selection import MAX_SELECTED, edit_each, kept_hashtags
from web.gallery.suggest import suggest
from web.http.api import Access, Answer, Routes
from web.http.inputs import id_in_body
from web.http.parts import parts
from web.http.preconditions import IF_MATCH, etag, versions_seen
from web.http.problems import Problem, not_found
from web.http.wording import KEPT, kept_licence
from web.views.image import ImageView
from web.views.missing import missing
from web.views.schema import ImageResource

routes = Routes()
MOST_COUNTED = 99


@routes.add(
    "GET",
    "/images",
    access=Access.PERSON,
    answer=Answer(200, "Images, newest first.", ImageList),
    problems=("unknown_licence", "too_many_words", "invalid_cursor", "invalid_limit"),
)
def find_images(query: FindImages) -> ImageList:
    """Find images by words, hashtags, people, licence, shape and day.

    All conditions must hold. `q` understands words, `#tag` and `@user`.
    """
    typed = query.model_dump(exclude={"commercial", "cursor", "limit"})
    asked = Asked.of(typed, commercial=query.commercial)
    return ImageList.of(list_images(asked, query.cursor, query.limit))


@routes.add(
    "GET",
    "/newer-images",
    access=Access.PERSON,
    answer=Answer(200, "How many, counted up to 99.", NewerImages),
    problems=("invalid_cursor",),
)
def count_newer_images(query: AskForNewer) -> NewerImages:
    """Ask whether there are newer images.

    Cheap, for programs that ask now and then; half a minute apart is often enough.
    """
    count = parts().images.count_newer(query.than or UUID(int=0), MOST_COUNTED + 1)
    return NewerImages(count=min(count, MOST_COUNTED), more=count > MOST_COUNTED)


@routes.add(
    "GET",
    "/terms",
    access=Access.PERSON,
    answer=Answer(200, "At most nine, none for a word of one letter.", Suggestions),
)
def get_suggestions(query: Suggest) -> Suggestions:
    """Complete a search.

    For the last word of `prefix`: people, hashtags and words that begin so. `@` and `#` ask for one kind alone.
    """
    return Suggestions(items=[SuggestionResource(**asdict(found)) for found in suggest(query.prefix)])


@routes.add(
    "GET",
    "/images/<image_id>",
    access=Access.PERSON,
    answer=Answer(200, "The image.", ImageResource, version="version"),
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
    "PATCH",
    "/images/<image_id>",
    access=Access.PERSON,
    answer=Answer(200, "The image as it is now.", ImageResource, version="version"),
    headers=(IF_MATCH,),
    problems=(
        "alt_too_long",
        "caption_too_long",
        "changed_meanwhile",
        "if_match_required",
        "not_found",
        "unknown_licence",
    ),
)
def edit_image(viewer: Viewer, image_id: ImageId, body: EditImage) -> ImageResource:
    """Edit an image of yours.

    The record and the search change at once. `If-Match` keeps you from overwriting what you have not seen: an edit sent
    twice is made once. A licence holds from now on; who took the image before keeps what was granted then.
    """
    seen, known = versions_seen(), parse_id(image_id)
    if not (given := body.model_dump(include=body.model_fields_set)):
        raise Problem(422, "missing_field", "Missing: one of caption, alt, licence at least.")
    changes = Changes(**{name: KEPT[name](text) for name, text in given.items()})
    answer = parts().editing.edit(known, viewer.owner, seen, changes) if known else None
    if answer is None:
        raise not_found("This image")
    if isinstance(answer, Conflict):
        named = ", ".join(answer.changed)
        detail = f"Nothing was changed: this image is no longer as you saw it. Changed meanwhile: {named}."
        raise Problem(
            412, "changed_meanwhile", detail, changed=answer.changed, etag=etag(answer.image.version)
        )
    return ImageResource.of(ImageView.of(answer.image, parts().media))


@routes.add(
    "PATCH",
    "/images",
    access=Access.PERSON,
    answer=Answer(200, "What became of each.", EditOutcomes),
    problems=("invalid_hashtag", "too_many_ids", "unknown_licence"),
)
def edit_images(viewer: Viewer, body: EditImages) -> EditOutcomes:
    """Edit many images of yours at once.

    Each is edited by itself, whichever its version. Nothing is overwritten but the licence; repeating it changes
    nothing more.
    """
    if len(body.ids) > MAX_SELECTED:
        raise Problem(422, "too_many_ids", f"Edit at most {MAX_SELECTED} images at once.")
    if not body.model_fields_set & {"licence", "add_hashtags"}:
        raise Problem(422, "missing_field", "Missing: licence, add_hashtags or both.")
    licence = kept_licence(body.licence) if "licence" in body.model_fields_set else None
    tags = kept_hashtags(body.add_hashtags)
    outcomes = edit_each(parts(), viewer.owner, [id_in_body(text) for text in body.ids], licence, tags)
    return EditOutcomes(
        items=[EditOutcome(id=o.image_id, version=o.version, problem=o.problem) for o in outcomes]
    )


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

"""Taking back, and undoing it."""

from shared.domain.ids import parse_id
from shared.domain.uploads import State
from shared.ports.sessions import Viewer
from shared.ports.taking_back import Restored
from web.http.api import Access, Answer, Routes
from web.http.inputs import id_in_body
from web.http.parts import parts
from web.http.problems import Problem, not_found
from web.taking_back.problems import too_late
from web.taking_back.schema import MAX_IDS, ImageId, RestoredUpload, TakeBackImages, TakenBackImages
from web.taking_back.second_thoughts import SecondThoughts
from web.views.image import ImageView
from web.views.schema import ImageResource

routes = Routes()


@routes.add(
    "DELETE",
    "/images/<image_id>",
    access=Access.PERSON,
    answer=Answer(204, "It is taken back, now or already."),
    problems=("not_found",),
)
def take_back_image(viewer: Viewer, image_id: ImageId) -> None:
    """Take an image back.

    Nobody finds it from now on, and its bytes are erased some seconds later, until when it can be restored. What is
    not published yet is taken back in the same way. For its owner.
    """
    known = parse_id(image_id)
    if known is None or not SecondThoughts(parts(), viewer).take_back(known):
        raise not_found("This image")


@routes.add(
    "POST",
    "/take-back",
    access=Access.PERSON,
    answer=Answer(200, "What became of each.", TakenBackImages),
    problems=("too_many_ids", "invalid_field"),
)
def take_back_images(viewer: Viewer, body: TakeBackImages) -> TakenBackImages:
    """Take several images back.

    Each stands for itself; the call may be repeated.
    """
    if len(body.ids) > MAX_IDS:
        raise Problem(422, "too_many_ids", f"Take back at most {MAX_IDS} images at once.")
    thoughts = SecondThoughts(parts(), viewer)
    wanted = [id_in_body(text) for text in body.ids]
    gone = [image_id for image_id in wanted if thoughts.take_back(image_id)]
    return TakenBackImages(
        taken_back=[str(i) for i in gone], not_found=[str(i) for i in wanted if i not in gone]
    )


@routes.add(
    "POST",
    "/images/<image_id>/restore",
    access=Access.PERSON,
    answer=Answer(200, "It is where it was.", RestoredUpload),
    problems=("not_found", "too_late"),
)
def restore_image(viewer: Viewer, image_id: ImageId) -> RestoredUpload:
    """Undo taking an image back.

    Works for some seconds. What was not published yet waits for a worker again. For its owner.
    """
    known = parse_id(image_id)
    outcome = SecondThoughts(parts(), viewer).restore(known) if known else Restored.UNKNOWN
    if known is None or outcome is Restored.UNKNOWN:
        raise not_found("This image")
    if outcome is Restored.TOO_LATE:
        raise too_late()
    image = parts().images.find(known)
    upload = parts().uploads.find(known)
    return RestoredUpload(
        id=str(known),
        status=upload.status if upload else State.QUEUED,
        image=ImageResource.of(ImageView.of(image, parts().media)) if image else None,
    )

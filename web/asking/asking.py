"""Questions and answers for one viewer, as page and API take them."""

from uuid import UUID

from shared.domain.asks import MAX_ASK_CHARACTERS, MOST_ASKS_A_DAY, Ask
from shared.domain.ids import parse_id
from shared.domain.images import Image
from shared.domain.licences import BY_CODE
from shared.domain.limits import clean_caption
from shared.ports.asks import Asked, Unasked
from shared.ports.sessions import Viewer
from web.asking import waiting
from web.http.parts import parts
from web.http.problems import Problem, not_found
from web.views.missing import missing

DAY_SECONDS = 86_400


def image_to_ask_for(viewer: Viewer, image_id: str) -> Image:
    """The image. Raises a 404 or 410 Problem where there is none, and a 409 one where nobody need ask."""
    known = parse_id(image_id)
    image = parts().images.find(known) if known else None
    if image is None:
        raise missing(parts().uploads.find(known) if known else None)
    if image.owner == viewer.owner:
        raise _own()
    if not BY_CODE[image.licence].look_only:
        raise Problem(
            409, "need_not_ask", "Its licence says what you may do with this image: you need not ask."
        )
    return image


def ask(viewer: Viewer, image_id: str, text: str) -> Asked:
    """Ask its owner. The same question sent twice is one.

    Raises what `image_to_ask_for` and `kept` raise, a 409 Problem while another question waits, and a 429 one after too
    many in a day.
    """
    image, question = image_to_ask_for(viewer, image_id), kept(text)
    outcome = parts().asks.ask(viewer.owner, viewer.username, image.id, question)
    match outcome:
        case Unasked.NO_IMAGE:
            raise missing(parts().uploads.find(image.id))
        case Unasked.OWN:
            raise _own()
        case Unasked.TOO_MANY:
            said = f"You have asked {MOST_ASKS_A_DAY} owners in one day, which is the most. Go on tomorrow."
            raise Problem(429, "too_many_asks", said, retry_after=DAY_SECONDS)
    if outcome.ask.text != question:
        raise Problem(409, "asked_before", "You have asked already, and the owner has not answered yet.")
    return outcome


def answer(viewer: Viewer, ask_id: str, text: str, *, granted: bool) -> Ask:
    """Answer a question to the viewer. The same answer sent twice is one.

    Raises a 404 Problem for what isn't theirs to answer, and a 409 one when another answer stands.
    """
    known = parse_id(ask_id)
    words = kept(text) if text.strip() else ""
    ask = parts().asks.answer(known, viewer.owner, words, granted=granted) if known else None
    if ask is None:
        raise not_found("This request")
    if (ask.granted, ask.answer) != (granted, words):
        raise Problem(409, "answered_before", "You have answered this already, and an answer stands.")
    waiting.recount(viewer.owner)
    return ask


def kept(text: str) -> str:
    """What somebody wrote, as it is kept. Raises a 422 Problem when it is too long, or nothing."""
    words = clean_caption(text)
    if not words:
        raise Problem(422, "missing_field", "Write what you want to use it for.")
    if len(words) > MAX_ASK_CHARACTERS:
        said = f"This has {len(words):,} characters; {MAX_ASK_CHARACTERS:,} are the most."
        raise Problem(422, "text_too_long", said)
    return words


def box(viewer: Viewer, *, received: bool, before: UUID | None, limit: int) -> tuple[list[Ask], str | None]:
    """A page of what the viewer was asked or has asked, newest first, and where it goes on."""
    of = parts().asks.of_owner if received else parts().asks.of_asker
    found = of(viewer.owner, before, limit + 1)
    return found[:limit], str(found[limit - 1].id) if len(found) > limit else None


def _own() -> Problem:
    return Problem(409, "own_image", "This image is yours.")

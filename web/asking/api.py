"""Asking owners, and answering."""

from shared.ports.sessions import Viewer
from web.asking import asking
from web.asking.schema import AnswerAsk, AskId, AskList, AskOwner, AskResource, Box, ImageId, ListAsks
from web.http.api import Access, Answer, Routes

routes = Routes()


@routes.add(
    "POST",
    "/images/<image_id>/asks",
    access=Access.PERSON,
    answer=Answer(201, "The owner sees it.", AskResource),
    problems=(
        "asked_before",
        "need_not_ask",
        "not_found",
        "own_image",
        "taken_back",
        "text_too_long",
        "too_many_asks",
    ),
)
def ask_owner(viewer: Viewer, image_id: ImageId, body: AskOwner) -> AskResource:
    """Ask an owner for more than looking.

    For images of which all rights are reserved. One question waits for each image; the same one sent twice is one.
    Nobody sees an address.
    """
    return AskResource.of(asking.ask(viewer, image_id, body.text).ask)


@routes.add(
    "GET",
    "/asks",
    access=Access.PERSON,
    answer=Answer(200, "Questions, newest first.", AskList),
    problems=("invalid_cursor", "invalid_limit"),
)
def list_asks(viewer: Viewer, query: ListAsks) -> AskList:
    """What you were asked, or have asked."""
    found, next_cursor = asking.box(
        viewer, received=query.box == Box.RECEIVED, before=query.cursor, limit=query.limit
    )
    return AskList(items=[AskResource.of(ask) for ask in found], next_cursor=next_cursor)


@routes.add(
    "POST",
    "/asks/<ask_id>/answer",
    access=Access.PERSON,
    answer=Answer(200, "Answered, now or already in these words.", AskResource),
    problems=("answered_before", "not_found", "text_too_long"),
)
def answer_ask(viewer: Viewer, ask_id: AskId, body: AnswerAsk) -> AskResource:
    """Answer a question about an image of yours.

    Once: what was said stands.
    """
    return AskResource.of(asking.answer(viewer, ask_id, body.text, granted=body.granted))

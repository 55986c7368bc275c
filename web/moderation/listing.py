"""Which acts, and which part of a list, are asked for."""

from collections.abc import Iterator
from uuid import UUID

from flask import request

from shared.domain.ids import parse_id
from shared.domain.moderation import NOTICES, Act, Verb
from shared.ports.moderation import Moderation, Wanted
from shared.ports.sessions import Viewer
from web.http.paging import parse_cursor
from web.http.problems import Problem

EXPORTED_AT_ONCE = 500


def wanted_acts(verb: str, moderator: str, image_id: str) -> Wanted:
    """The audit's filters; what is empty filters nothing. Raises a 422 Problem."""
    known = parse_id(image_id) if image_id else None
    if image_id and known is None:
        raise Problem(422, "invalid_parameter", "image_id: this is no image's id.")
    if verb and verb not in tuple(Verb):
        raise Problem(422, "invalid_parameter", f"verb: one of {', '.join(Verb)}.")
    verbs = [Verb(verb)] if verb else tuple(Verb)
    return Wanted(verbs=verbs, moderator=moderator.strip().lower(), image_id=known)


def place_among_held() -> UUID | None:
    """Where the page's list of held uploads goes on: a cursor beside that of the reports. Raises a 422 Problem."""
    return parse_cursor(request.args.get("held", ""))


def notices_of(viewer: Viewer) -> Wanted:
    """What an owner was told."""
    return Wanted(verbs=NOTICES, owner=viewer.owner)


def every(moderation: Moderation, wanted: Wanted) -> Iterator[Act]:
    """All acts that fit, newest first, some at a time."""
    before = None
    while found := moderation.acts(wanted, before, EXPORTED_AT_ONCE):
        yield from found
        before = found[-1].id

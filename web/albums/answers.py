"""What an album's owner is told when something can't be done."""

from typing import TypeVar
from uuid import UUID

from shared.domain.albums import Album
from shared.domain.ids import parse_id
from shared.domain.refusals import Refusal
from shared.ports.albums import AlbumFault
from shared.ports.sessions import Viewer
from web.http.parts import parts
from web.http.problems import Problem, not_found, refuse
from web.http.wording import kept_title

T = TypeVar("T")


def fault(why: AlbumFault) -> Problem:
    """As a sentence."""
    match why:
        case AlbumFault.TITLE_TAKEN:
            return Problem(409, "title_taken", "You have an album of this title already.")
        case AlbumFault.FULL:
            return refuse(Refusal.ALBUM_FULL)
        case AlbumFault.NOT_IN_IT:
            return Problem(
                422, "not_in_album", "That image is not in this album, or is one of those to move."
            )


def checked(answer: T | AlbumFault | None) -> T:
    """What was done. Raises a Problem for what was not: 404 where there is no such album of the viewer's."""
    if answer is None:
        raise not_found("This album")
    if isinstance(answer, AlbumFault):
        raise fault(answer)
    return answer


def known_id(text: str) -> UUID:
    """The id in an album's address. Raises a 404 Problem for what is none."""
    if (known := parse_id(text)) is None:
        raise not_found("This album")
    return known


def own(viewer: Viewer, album_id: str) -> Album:
    """The viewer's own album. Raises a 404 Problem for any other."""
    album = checked(parts().albums.find(known_id(album_id)))
    if album.owner != viewer.owner:
        raise not_found("This album")
    return album


def needed_title(text: str) -> str:
    """A title as it is kept. Raises a 422 Problem when it is empty or too long."""
    if not (title := kept_title(text)):
        raise Problem(422, "missing_field", "Missing, empty or not a string: title.")
    return title

"""The album that files are sent to: what is wrong with it is said early, where that can be known.

The worker decides, as accepting an upload must not need the database: it makes the album of a title, and publishes
without an album that is gone by then.
"""

from uuid import UUID

import structlog

from shared.domain.albums import MAX_ALBUM_IMAGES, Album
from shared.domain.ids import parse_id
from shared.domain.refusals import Refusal
from shared.ports.albums import Albums
from shared.ports.unavailable import CatalogueUnavailable
from web.http.problems import refuse

log = structlog.get_logger(__name__)


class Shelf:
    """One portal's albums, as far as they matter for a file."""

    def __init__(self, albums: Albums) -> None:
        self._albums = albums

    def titles(self, username: str, most: int) -> list[str]:
        """To choose from, the newest album's first; none while the database can't be asked: nobody must wait for it."""
        try:
            return [album.title for album in self._albums.of_user(username, None, most)]
        except CatalogueUnavailable as error:
            log.warning("an owner's albums can't be told", error=str(error))
            return []

    def check(self, owner: UUID, album: str) -> None:
        """Raises a Problem when it is known that the owner's files can't go there: an id or a title, or none."""
        if not album:
            return
        try:
            known = parse_id(album)
            found = self._albums.find(known) if known else self._albums.titled(owner, album)
        except CatalogueUnavailable as error:
            log.warning("whether there is such an album can't be told", error=str(error))
            return
        _check(owner, found, by_id=known is not None)


def _check(owner: UUID, found: Album | None, *, by_id: bool) -> None:
    if by_id and (found is None or found.owner != owner):
        raise refuse(Refusal.UNKNOWN_ALBUM)
    if found is not None and found.images >= MAX_ALBUM_IMAGES:
        raise refuse(Refusal.ALBUM_FULL)

"""Published images and the inverted index over them, in memory."""

from collections.abc import Sequence
from uuid import UUID

from shared.adapters.memory.database import MemoryDatabase
from shared.adapters.memory.image_rows import shown, with_hidden
from shared.domain.images import Image, ImageQuery
from shared.domain.terms import Term, user_term
from shared.ports.image_catalogue import ImagePage, Suggestion


class MemoryImages:
    """Implements shared.ports.image_catalogue.ImageCatalogue."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def find(self, image_id: UUID) -> Image | None:
        """The image's record, or None."""
        return self.find_many([image_id]).get(image_id)

    def find_many(self, image_ids: Sequence[UUID]) -> dict[UUID, Image]:
        """The records that exist among these ids."""
        images = shown(self._db.read())
        return {i: images[i] for i in image_ids if i in images}

    def with_hidden(self, image_ids: Sequence[UUID]) -> dict[UUID, Image]:
        """Likewise with those that moderators hide."""
        images = with_hidden(self._db.read())
        return {i: images[i] for i in image_ids if i in images}

    def search(self, query: ImageQuery) -> ImagePage:
        """Images that match every term, newest first."""
        tables = self._db.read()
        matching = set(shown(tables))
        since, before = query.since or UUID(int=0), query.before or UUID(int=2**128 - 1)
        for term in query.terms:
            matching &= tables.index.get(term, frozenset())
        found = sorted((i for i in matching if since <= i < before), reverse=True)
        return ImagePage(
            [tables.images[i] for i in found[: query.limit]],
            more=len(found) > query.limit,
        )

    def neighbours(self, image_id: UUID) -> tuple[UUID | None, UUID | None]:
        """The ids of the next newer and the next older image."""
        ids = shown(self._db.read())
        newer = min((i for i in ids if i > image_id), default=None)
        older = max((i for i in ids if i < image_id), default=None)
        return newer, older

    def count_newer(self, than: UUID, most: int) -> int:
        """How many images are newer than this one, counted up to `most`."""
        return min(sum(i > than for i in shown(self._db.read())), most)

    def count_of(self, username: str) -> int:
        """How many images a person shares."""
        return len(self._db.read().index.get(user_term(username), ()))

    def suggest(self, beginnings: Sequence[Term], limit: int, cap: int) -> list[Suggestion]:
        """For each kind the `limit` terms with most images, counted up to `cap`, that begin as the given text does."""
        counts = {term: min(len(ids), cap) for term, ids in self._db.read().index.items() if ids}
        return [
            Suggestion(term, counts[term])
            for kind, beginning in beginnings
            for term in sorted(
                (t for t in counts if t[0] == kind and t[1].startswith(beginning)),
                key=lambda term: -counts[term],
            )[:limit]
        ]

"""Published images and the inverted index over them, in MySQL.

A query walks the index of its rarest term, newest first, and looks every candidate up in the others: the cost is
flat for rare and for very common words (FULLTEXT with ORDER BY is not).
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from shared.adapters.mysql import Database
from shared.adapters.mysql_image_rows import SHOWN, load, load_with_hidden
from shared.adapters.mysql_term_rows import known_terms
from shared.domain.images import Image, ImageQuery
from shared.domain.terms import Term, user_term
from shared.ports.image_catalogue import ImagePage, Suggestion

_NEIGHBOUR = f"SELECT id FROM images WHERE id {{side}} :id AND {SHOWN} ORDER BY id {{order}} LIMIT 1"  # noqa: S608 -- constant
_RARITY_CAP = (
    2000  # a term in more images than this is «common»; counting further would cost and change nothing
)
_NEWER = text(
    f"SELECT COUNT(*) FROM (SELECT 1 FROM images WHERE id > :than AND {SHOWN} LIMIT :most) AS newer"  # noqa: S608 -- constant
)
_NEWEST = text(
    f"SELECT id FROM images WHERE id >= :since AND id < :before AND {SHOWN} ORDER BY id DESC LIMIT :limit"  # noqa: S608 -- constant
)
_BEGINNING = text("""
    SELECT id, kind, text FROM terms WHERE kind = :kind AND text >= :first AND text < :last ORDER BY id LIMIT 30""")
_FIRST, _LAST = b"\0" * 16, b"\xff" * 16


class MySqlImages:
    """Implements shared.ports.image_catalogue.ImageCatalogue."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def find(self, image_id: UUID) -> Image | None:
        """The image's record, or None."""
        return self.find_many([image_id]).get(image_id)

    def find_many(self, image_ids: Sequence[UUID]) -> dict[UUID, Image]:
        """The records that exist among these ids."""
        if not image_ids:
            return {}
        with self._db.connect() as c:
            return {image.id: image for image in load(c, [i.bytes for i in image_ids])}

    def with_hidden(self, image_ids: Sequence[UUID]) -> dict[UUID, Image]:
        """Likewise with those that moderators hide."""
        if not image_ids:
            return {}
        with self._db.connect() as c:
            return {image.id: image for image in load_with_hidden(c, [i.bytes for i in image_ids])}

    def search(self, query: ImageQuery) -> ImagePage:
        """Images that match every term, newest first."""
        with self._db.connect() as c:
            between = {
                "since": query.since.bytes if query.since else _FIRST,
                "before": query.before.bytes if query.before else _LAST,
                "limit": query.limit + 1,
            }
            if query.terms:
                term_ids = _term_ids(c, query.terms)
                if term_ids is None:
                    return ImagePage()
                found = _intersect(c, term_ids, between)
            else:
                found = [r.id for r in c.execute(_NEWEST, between)]
            return ImagePage(load(c, found[: query.limit]), more=len(found) > query.limit)

    def neighbours(self, image_id: UUID) -> tuple[UUID | None, UUID | None]:
        """The ids of the next newer and the next older image."""
        with self._db.connect() as c:
            here = {"id": image_id.bytes}
            newer = c.execute(text(_NEIGHBOUR.format(side=">", order="ASC")), here).scalar()
            older = c.execute(text(_NEIGHBOUR.format(side="<", order="DESC")), here).scalar()
        return (UUID(bytes=newer) if newer else None, UUID(bytes=older) if older else None)

    def count_newer(self, than: UUID, most: int) -> int:
        """How many images are newer than this one, counted up to `most`."""
        with self._db.connect() as c:
            return int(c.execute(_NEWER, {"than": than.bytes, "most": most}).scalar_one())

    def count_of(self, username: str) -> int:
        """How many images a person shares."""
        kind, name = user_term(username)
        with self._db.connect() as c:
            count = c.execute(
                text("""SELECT COUNT(*) FROM terms t JOIN image_terms i ON i.term_id = t.id
                        WHERE t.kind = :kind AND t.text = :text"""),
                {"kind": kind, "text": name},
            ).scalar_one()
        return int(count)

    def suggest(self, beginnings: Sequence[Term], limit: int, cap: int) -> list[Suggestion]:
        """For each kind the `limit` terms with most images, counted up to `cap`, that begin as the given text does.

        Of many terms the oldest are looked at: what people write often was written early.
        """
        with self._db.connect() as c:
            terms = {
                r.id: (r.kind, r.text) for term in beginnings for r in c.execute(_BEGINNING, _range(term))
            }
            counts = _counts(c, list(terms), cap)
        found = [
            Suggestion(terms[i], counts[i]) for i in sorted(terms, key=lambda i: (-counts[i], i)) if counts[i]
        ]
        return [s for kind, _ in beginnings for s in [s for s in found if s.term[0] == kind][:limit]]


def _range(beginning: Term) -> dict[str, str]:
    kind, text = beginning
    return {"kind": kind, "first": text, "last": text + "\U0010ffff"}


def _counts(c: Connection, term_ids: Sequence[int], cap: int) -> dict[int, int]:
    """How many images each term is in, in one statement, as each branch stops at `cap`."""
    if not term_ids:
        return {}
    counted = (
        f"SELECT :t{n} AS id, COUNT(*) AS images FROM "  # noqa: S608 -- only numbers are formatted in
        f"(SELECT 1 FROM image_terms WHERE term_id = :t{n} LIMIT :cap) AS some{n}"
        for n in range(len(term_ids))
    )
    parameters = {f"t{n}": term_id for n, term_id in enumerate(term_ids)}
    rows = c.execute(text(" UNION ALL ".join(counted)), parameters | {"cap": cap})
    return {int(r.id): int(r.images) for r in rows}


def _term_ids(c: Connection, terms: frozenset[Term]) -> list[int] | None:
    """The ids of the terms, rarest first; None when one of them is in no image."""
    known = known_terms(c, sorted(terms))
    if len(known) < len(terms):
        return None
    if len(known) == 1:
        return list(known.values())
    counts = _counts(c, list(known.values()), _RARITY_CAP)
    return sorted(counts, key=lambda i: (counts[i], i))


def _intersect(c: Connection, term_ids: Sequence[int], between: Mapping[str, Any]) -> list[bytes]:
    parameters = {f"t{n}": term_id for n, term_id in enumerate(term_ids)}
    return [r.image_id for r in c.execute(_intersection(len(term_ids)), {**parameters, **between})]


@cache
def _intersection(terms: int) -> TextClause:
    joins = " ".join(
        f"STRAIGHT_JOIN image_terms t{n} ON t{n}.image_id = t0.image_id AND t{n}.term_id = :t{n}"
        for n in range(1, terms)
    )
    return text(
        f"SELECT t0.image_id FROM image_terms t0 {joins} "  # noqa: S608 -- only table numbers are formatted in
        "WHERE t0.term_id = :t0 AND t0.image_id >= :since AND t0.image_id < :before "
        "ORDER BY t0.image_id DESC LIMIT :limit"
    )

"""Published images and the inverted index over them, in MySQL.

A query walks the index of its rarest term, newest first, and looks every candidate up in the others: the cost is
flat for rare and for very common words (FULLTEXT with ORDER BY is not).
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, text

from shared.adapters.mysql import Database, naive, utc
from shared.domain.images import Image, ImageQuery, Rendition
from shared.domain.terms import Term, hashtags, user_term
from shared.ports.image_catalogue import ImagePage

_COLUMNS = (
    "id, owner, username, filename, caption, licence, format, content_type, width, height, size_bytes, sha256, "
    "colour, original_key, preview_key, preview_width, preview_height, thumbnail_key, thumbnail_width, "
    "thumbnail_height, uploaded_at, published_at"
)
_INSERT = text(
    f"INSERT INTO images ({_COLUMNS}) VALUES "  # noqa: S608 -- column names above, values bound
    f"({', '.join(':' + name.strip() for name in _COLUMNS.split(','))})"
)
_RARITY_CAP = (
    2000  # a term in more images than this is «common»; counting further would cost and change nothing
)
_LAST = b"\xff" * 16


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
            return {image.id: image for image in _load(c, [i.bytes for i in image_ids])}

    def search(self, query: ImageQuery) -> ImagePage:
        """Images that match every term, newest first."""
        with self._db.connect() as c:
            before = query.before.bytes if query.before else _LAST
            if query.terms:
                term_ids = _term_ids(c, query.terms)
                if term_ids is None:
                    return ImagePage()
                found = _intersect(c, term_ids, before, query.limit + 1)
            else:
                rows = c.execute(
                    text("SELECT id FROM images WHERE id < :before ORDER BY id DESC LIMIT :limit"),
                    {"before": before, "limit": query.limit + 1},
                )
                found = [r.id for r in rows]
            return ImagePage(_load(c, found[: query.limit]), more=len(found) > query.limit)

    def neighbours(self, image_id: UUID) -> tuple[UUID | None, UUID | None]:
        """The ids of the next newer and the next older image."""
        with self._db.connect() as c:
            here = {"id": image_id.bytes}
            newer = c.execute(text("SELECT id FROM images WHERE id > :id ORDER BY id LIMIT 1"), here).scalar()
            older = c.execute(
                text("SELECT id FROM images WHERE id < :id ORDER BY id DESC LIMIT 1"), here
            ).scalar()
        return (UUID(bytes=newer) if newer else None, UUID(bytes=older) if older else None)

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

    def add(self, c: Connection, image: Image, terms: Sequence[Term]) -> None:
        """Write the record and its index entries within the caller's transaction."""
        c.execute(
            _INSERT,
            {
                "id": image.id.bytes,
                "owner": image.owner.bytes,
                "username": image.username,
                "filename": image.filename,
                "caption": image.caption,
                "licence": image.licence,
                "format": image.format,
                "content_type": image.content_type,
                "width": image.width,
                "height": image.height,
                "size_bytes": image.size_bytes,
                "sha256": bytes.fromhex(image.sha256),
                "colour": image.colour,
                "original_key": image.original_key,
                "preview_key": image.preview.key,
                "preview_width": image.preview.width,
                "preview_height": image.preview.height,
                "thumbnail_key": image.thumbnail.key,
                "thumbnail_width": image.thumbnail.width,
                "thumbnail_height": image.thumbnail.height,
                "uploaded_at": naive(image.uploaded_at),
                "published_at": naive(image.published_at),
            },
        )
        # Sorted, so that two transactions that share new terms take their locks in one order.
        wanted = sorted(set(terms))
        known = _known_terms(c, wanted)
        missing = [term for term in wanted if term not in known]
        if missing:
            c.execute(
                text("INSERT IGNORE INTO terms (kind, text) VALUES (:kind, :text)"),
                [{"kind": kind, "text": word} for kind, word in missing],
            )
            known |= _known_terms(c, missing)
        if known:
            c.execute(
                text("INSERT INTO image_terms (term_id, image_id) VALUES (:term_id, :image_id)"),
                [{"term_id": term_id, "image_id": image.id.bytes} for term_id in sorted(known.values())],
            )


def _known_terms(c: Connection, terms: Sequence[Term]) -> dict[Term, int]:
    if not terms:
        return {}
    query = text("SELECT id, kind, text FROM terms WHERE (kind, text) IN :terms").bindparams(
        bindparam("terms", expanding=True)
    )
    return {(r.kind, r.text): int(r.id) for r in c.execute(query, {"terms": list(terms)})}


def _term_ids(c: Connection, terms: frozenset[Term]) -> list[int] | None:
    """The ids of the terms, rarest first; None when one of them is in no image."""
    known = _known_terms(c, sorted(terms))
    if len(known) < len(terms):
        return None
    if len(known) == 1:
        return list(known.values())
    counted = text("SELECT COUNT(*) FROM (SELECT 1 FROM image_terms WHERE term_id = :id LIMIT :cap) AS some")
    counts = {i: c.execute(counted, {"id": i, "cap": _RARITY_CAP}).scalar_one() for i in known.values()}
    return sorted(counts, key=lambda i: (counts[i], i))


def _intersect(c: Connection, term_ids: Sequence[int], before: bytes, limit: int) -> list[bytes]:
    joins = " ".join(
        f"STRAIGHT_JOIN image_terms t{n} ON t{n}.image_id = t0.image_id AND t{n}.term_id = :t{n}"
        for n in range(1, len(term_ids))
    )
    query = text(
        f"SELECT t0.image_id FROM image_terms t0 {joins} "  # noqa: S608 -- only table numbers are formatted in
        "WHERE t0.term_id = :t0 AND t0.image_id < :before ORDER BY t0.image_id DESC LIMIT :limit"
    )
    parameters: dict[str, Any] = {f"t{n}": term_id for n, term_id in enumerate(term_ids)}
    return [r.image_id for r in c.execute(query, parameters | {"before": before, "limit": limit})]


def _load(c: Connection, ids: Sequence[bytes]) -> list[Image]:
    if not ids:
        return []
    query = text(f"SELECT {_COLUMNS} FROM images WHERE id IN :ids ORDER BY id DESC")  # noqa: S608 -- constant
    return [
        _image(r) for r in c.execute(query.bindparams(bindparam("ids", expanding=True)), {"ids": list(ids)})
    ]


def _image(r: Row[Any]) -> Image:
    return Image(
        id=UUID(bytes=r.id),
        owner=UUID(bytes=r.owner),
        username=r.username,
        filename=r.filename,
        caption=r.caption,
        hashtags=hashtags(r.caption),
        licence=r.licence,
        format=r.format,
        content_type=r.content_type,
        width=r.width,
        height=r.height,
        size_bytes=r.size_bytes,
        sha256=r.sha256.hex(),
        colour=r.colour,
        original_key=r.original_key,
        preview=Rendition(r.preview_key, r.preview_width, r.preview_height),
        thumbnail=Rendition(r.thumbnail_key, r.thumbnail_width, r.thumbnail_height),
        uploaded_at=utc(r.uploaded_at),
        published_at=utc(r.published_at),
    )

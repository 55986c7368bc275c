"""The tables of images and of the index over them, in memory: their rows, written within the caller's transaction."""

from collections.abc import Iterable
from uuid import UUID

from shared.adapters.memory.database import Tables
from shared.domain.images import Image
from shared.domain.terms import Term


def add(tables: Tables, image: Image, terms: Iterable[Term]) -> None:
    """Write the record and its index entries."""
    tables.images[image.id] = image
    _link(tables, image.id, terms)


def _link(tables: Tables, image_id: UUID, terms: Iterable[Term]) -> None:
    for term in set(terms):
        tables.index[term] = tables.index.get(term, frozenset()) | {image_id}

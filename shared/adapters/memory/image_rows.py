"""The tables of images and of the index over them, in memory: their rows, written within the caller's transaction."""

from collections.abc import Iterable
from uuid import UUID

from shared.adapters.memory.database import Tables
from shared.domain.images import Image
from shared.domain.terms import Term, terms_of


def add(tables: Tables, image: Image, terms: Iterable[Term]) -> None:
    """Write the record and its index entries."""
    tables.images[image.id] = image
    _link(tables, image.id, terms)


def hide(tables: Tables, image_id: UUID) -> None:
    """Have nobody find the image any more; its record stays for its owner's undo."""
    tables.index = {term: ids - {image_id} for term, ids in tables.index.items()}
    if image_id in tables.images:
        tables.hidden.add(image_id)


def show(tables: Tables, image_id: UUID) -> bool:
    """Have people find a hidden image as before; False when there is none."""
    image = tables.images.get(image_id)
    if image is None:
        return False
    tables.hidden.discard(image_id)
    _link(tables, image_id, terms_of(image.username, image.filename, image.caption, image.licence))
    return True


def remove(tables: Tables, image_id: UUID) -> None:
    """Forget all that is known of the image."""
    hide(tables, image_id)
    tables.images.pop(image_id, None)
    tables.hidden.discard(image_id)


def _link(tables: Tables, image_id: UUID, terms: Iterable[Term]) -> None:
    for term in set(terms):
        tables.index[term] = tables.index.get(term, frozenset()) | {image_id}

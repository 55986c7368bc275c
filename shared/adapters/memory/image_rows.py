"""The tables of images and of the index over them, in memory: their rows, written within the caller's transaction."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from shared.adapters.memory import album_rows
from shared.adapters.memory.database import Tables
from shared.domain.editing import FIELDS, Grant, changed_fields
from shared.domain.images import Image
from shared.domain.quota import Usage
from shared.domain.terms import Term, terms_of


def add(tables: Tables, image: Image, terms: Iterable[Term], now: datetime) -> None:
    """Write the record and its index entries."""
    tables.images[image.id] = image
    tables.field_versions[image.id] = dict.fromkeys(FIELDS, image.version)
    _grant(tables, image, now)
    _link(tables, image.id, terms)


def change(tables: Tables, before: Image, after: Image, now: datetime) -> None:
    """Bring the record and its index entries from one version to the next."""
    changed = changed_fields(before, after)
    tables.images[after.id] = after
    tables.field_versions[after.id] = {
        **tables.field_versions[after.id],
        **dict.fromkeys(changed, after.version),
    }
    if "licence" in changed:
        _grant(tables, after, now)
    tables.index = {term: ids - {after.id} for term, ids in tables.index.items()}
    _link_if_shown(tables, after.id)


def hide(tables: Tables, image_id: UUID) -> None:
    """Have nobody find the image any more; its record stays for its owner's undo."""
    tables.index = {term: ids - {image_id} for term, ids in tables.index.items()}
    if image_id in tables.images:
        tables.hidden.add(image_id)


def show(tables: Tables, image_id: UUID) -> bool:
    """Have people find what was taken back as before, unless a moderator hides it; False when there is none."""
    tables.hidden.discard(image_id)
    _link_if_shown(tables, image_id)
    return image_id in tables.images


def hide_by_moderator(tables: Tables, image_id: UUID) -> None:
    """Have nobody but its owner and moderators see the image."""
    tables.images[image_id] = replace(tables.images[image_id], hidden=True)
    tables.index = {term: ids - {image_id} for term, ids in tables.index.items()}


def restore_by_moderator(tables: Tables, image_id: UUID) -> None:
    """Have people find it as before, unless its owner took it back."""
    tables.images[image_id] = replace(tables.images[image_id], hidden=False)
    _link_if_shown(tables, image_id)


def remove(tables: Tables, image_id: UUID) -> None:
    """Forget all that is known of the image but the history of its licence, which others rely on."""
    hide(tables, image_id)
    tables.hidden.discard(image_id)
    tables.images.pop(image_id, None)
    tables.field_versions.pop(image_id, None)
    album_rows.forget(tables, image_id)


def shown(tables: Tables) -> dict[UUID, Image]:
    """What people see."""
    return {i: image for i, image in with_hidden(tables).items() if not image.hidden}


def with_hidden(tables: Tables) -> dict[UUID, Image]:
    """Likewise with what moderators hide: all that was not taken back."""
    return {i: image for i, image in tables.images.items() if i not in tables.hidden}


def usage_of(tables: Tables, owner: UUID) -> Usage:
    """What an owner has published, and has not taken back."""
    own = [image for image in with_hidden(tables).values() if image.owner == owner]
    return Usage(len(own), sum(image.size_bytes for image in own))


def changed_since(tables: Tables, image: Image, seen: Collection[int]) -> Mapping[str, str]:
    """The fields that were edited after the newest version that was seen, with their present values."""
    last_seen = max((version for version in seen if version < image.version), default=0)
    versions = tables.field_versions[image.id]
    return {name: getattr(image, name) for name in FIELDS if versions[name] > last_seen}


def _grant(tables: Tables, image: Image, now: datetime) -> None:
    given = Grant(image.version, image.licence, now)
    tables.grants[image.id] = (*tables.grants.get(image.id, ()), given)


def _terms_of(image: Image) -> list[Term]:
    return terms_of(image.username, image.filename, image.caption, image.licence, image.width, image.height)


def _link_if_shown(tables: Tables, image_id: UUID) -> None:
    if image := shown(tables).get(image_id):
        _link(tables, image_id, _terms_of(image))


def _link(tables: Tables, image_id: UUID, terms: Iterable[Term]) -> None:
    for term in set(terms):
        tables.index[term] = tables.index.get(term, frozenset()) | {image_id}

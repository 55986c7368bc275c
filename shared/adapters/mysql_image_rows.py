"""The table of images, and what hangs on its rows, written within the caller's transaction."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, TextClause, bindparam, text

from shared.adapters import mysql_album_rows, mysql_fingerprints, mysql_term_rows
from shared.adapters.mysql import naive, utc
from shared.domain.editing import FIELDS, Grant, changed_fields
from shared.domain.images import Image, Rendition
from shared.domain.terms import Term, hashtags, terms_of

_COLUMNS = (
    "id, owner, username, filename, caption, licence, format, content_type, width, height, size_bytes, sha256, "
    "colour, original_key, preview_key, preview_width, preview_height, thumbnail_key, thumbnail_width, "
    "thumbnail_height, tile_key, tile_width, tile_height, uploaded_at, published_at, alt, version, frames, "
    "placeholder, uploaded_sha256, fingerprint, looks_like, recipe, rendered_at"
)
_INSERT = text(
    f"INSERT INTO images ({_COLUMNS}) VALUES "  # noqa: S608 -- column names above, values bound
    f"({', '.join(':' + name.strip() for name in _COLUMNS.split(','))})"
)

SHOWN = "taken_back_at IS NULL AND hidden_at IS NULL"
"""What people see, in every statement that asks for it."""
_SELECT = f"SELECT {_COLUMNS}, hidden_at FROM images WHERE id IN :ids"  # noqa: S608 -- as above
_LOAD, _LOAD_LOCKED, _LOAD_WITH_HIDDEN = (
    text(f"{_SELECT} AND {end}").bindparams(bindparam("ids", expanding=True))
    for end in (
        f"{SHOWN} ORDER BY id DESC",
        "taken_back_at IS NULL ORDER BY id DESC FOR UPDATE",
        "taken_back_at IS NULL ORDER BY id DESC",
    )
)


def add(c: Connection, image: Image, terms: Sequence[Term]) -> None:
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
            "frames": image.frames,
            "placeholder": image.placeholder or None,
            "original_key": image.original_key,
            "preview_key": image.preview.key,
            "preview_width": image.preview.width,
            "preview_height": image.preview.height,
            "thumbnail_key": image.thumbnail.key,
            "thumbnail_width": image.thumbnail.width,
            "thumbnail_height": image.thumbnail.height,
            "tile_key": image.tile and image.tile.key,
            "tile_width": image.tile and image.tile.width,
            "tile_height": image.tile and image.tile.height,
            "uploaded_at": naive(image.uploaded_at),
            "published_at": naive(image.published_at),
            "alt": image.alt,
            "version": image.version,
            "uploaded_sha256": image.uploaded_sha256 and bytes.fromhex(image.uploaded_sha256),
            "fingerprint": image.fingerprint,
            "looks_like": b"".join(other.bytes for other in image.looks_like) or None,
            "recipe": image.recipe,
            "rendered_at": image.rendered_at and naive(image.rendered_at),
        },
    )
    _grant(c, image)
    mysql_term_rows.link(c, image.id, terms)
    mysql_fingerprints.add(c, image.owner, image.id, image.fingerprint)


def change(c: Connection, before: Image, after: Image) -> None:
    """Bring the record and its index entries from one version to the next."""
    fields = changed_fields(before, after)
    values = {"id": after.id.bytes, "version": after.version} | {
        name: getattr(after, name) for name in fields
    }
    settings = ", ".join(f"{name} = :{name}, {name}_version = :version" for name in fields)
    c.execute(text(f"UPDATE images SET version = :version, {settings} WHERE id = :id"), values)  # noqa: S608 -- names of ours
    if "licence" in fields:
        _grant(c, after)
    wanted = terms_of(after.username, after.filename, after.caption, after.licence, after.width, after.height)
    mysql_term_rows.bring_to(c, after.id, [] if after.hidden else wanted)


def changed_since(c: Connection, image: Image, seen: Collection[int]) -> Mapping[str, str]:
    """The fields that were edited after the newest version that was seen, with their present values."""
    last_seen = max((version for version in seen if version < image.version), default=0)
    columns = ", ".join(f"{name}_version AS {name}" for name in FIELDS)
    query = text(f"SELECT {columns} FROM images WHERE id = :id")  # noqa: S608 -- names of ours
    versions = c.execute(query, {"id": image.id.bytes}).mappings().one()
    return {name: getattr(image, name) for name in FIELDS if versions[name] > last_seen}


def grants(c: Connection, image_id: UUID) -> list[Grant]:
    """The history of the image's licence, oldest first."""
    query = text("SELECT version, licence, at FROM licence_history WHERE image_id = :id ORDER BY version")
    return [Grant(r.version, r.licence, utc(r.at)) for r in c.execute(query, {"id": image_id.bytes})]


def _grant(c: Connection, image: Image) -> None:
    grant = text("""
        INSERT INTO licence_history (image_id, version, licence, at)
        VALUES (:id, :version, :licence, UTC_TIMESTAMP(6))""")
    c.execute(grant, {"id": image.id.bytes, "version": image.version, "licence": image.licence})


def hide(c: Connection, image_id: UUID) -> None:
    """Have nobody find the image any more; its record stays for its owner's undo."""
    # The record first: an edit at the same time holds it, or waits for it.
    c.execute(
        text("UPDATE images SET taken_back_at = UTC_TIMESTAMP(6) WHERE id = :id"), {"id": image_id.bytes}
    )
    mysql_term_rows.unlink(c, image_id)


def show(c: Connection, image_id: UUID) -> bool:
    """Have people find what was taken back as before, unless a moderator hides it; False when there is none."""
    found = c.execute(
        text("UPDATE images SET taken_back_at = NULL WHERE id = :id"), {"id": image_id.bytes}
    ).rowcount
    _link_if_shown(c, image_id)
    return bool(found)


def hide_by_moderator(c: Connection, image_id: UUID) -> None:
    """Have nobody but its owner and moderators see the image."""
    c.execute(text("UPDATE images SET hidden_at = UTC_TIMESTAMP(6) WHERE id = :id"), {"id": image_id.bytes})
    mysql_term_rows.unlink(c, image_id)


def restore_by_moderator(c: Connection, image_id: UUID) -> None:
    """Have people find it as before, unless its owner took it back."""
    c.execute(text("UPDATE images SET hidden_at = NULL WHERE id = :id"), {"id": image_id.bytes})
    _link_if_shown(c, image_id)


def _link_if_shown(c: Connection, image_id: UUID) -> None:
    for image in load(c, [image_id.bytes]):
        terms = terms_of(
            image.username, image.filename, image.caption, image.licence, image.width, image.height
        )
        mysql_term_rows.link(c, image_id, terms)


def remove(c: Connection, image_id: UUID) -> None:
    """Forget all that is known of the image but the history of its licence, which others rely on."""
    mysql_album_rows.forget(c, image_id)
    mysql_fingerprints.remove(c, image_id)
    mysql_term_rows.unlink(c, image_id)
    c.execute(text("DELETE FROM images WHERE id = :id"), {"id": image_id.bytes})


def load(c: Connection, ids: Sequence[bytes]) -> list[Image]:
    """The records among these ids that people may see, newest first."""
    return _load(c, _LOAD, ids)


def load_with_hidden(c: Connection, ids: Sequence[bytes], *, lock: bool = False) -> list[Image]:
    """Likewise with what moderators hide, for its owner and for them; with `lock` for the caller alone to change."""
    return _load(c, _LOAD_LOCKED if lock else _LOAD_WITH_HIDDEN, ids)


def _load(c: Connection, query: TextClause, ids: Sequence[bytes]) -> list[Image]:
    return [_image(r) for r in c.execute(query, {"ids": list(ids)})] if ids else []


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
        tile=Rendition(r.tile_key, r.tile_width, r.tile_height) if r.tile_key else None,
        thumbnail=Rendition(r.thumbnail_key, r.thumbnail_width, r.thumbnail_height),
        uploaded_at=utc(r.uploaded_at),
        published_at=utc(r.published_at),
        alt=r.alt,
        frames=r.frames,
        placeholder=r.placeholder or b"",
        version=r.version,
        uploaded_sha256=r.uploaded_sha256.hex() if r.uploaded_sha256 else None,
        fingerprint=r.fingerprint,
        looks_like=_ids(r.looks_like or b""),
        hidden=r.hidden_at is not None,
        recipe=r.recipe,
        rendered_at=r.rendered_at and utc(r.rendered_at),
    )


def _ids(joined: bytes) -> tuple[UUID, ...]:
    return tuple(UUID(bytes=joined[at : at + 16]) for at in range(0, len(joined), 16))

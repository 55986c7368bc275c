"""What decoding gives, and how it comes out of the sandbox: known to both sides, and hostile to who reads it."""

import json
import re
from dataclasses import dataclass

from shared.domain.formats import BY_NAME, HEAD_BYTES, JPEG, WEBP, Format, sniff
from shared.domain.images import PLACEHOLDER_COLUMNS, PLACEHOLDER_ROWS
from worker.imaging.container import Container
from worker.imaging.limits import Limits

THUMBNAIL_SIDE, TILE_SIDE, PREVIEW_MAX = 400, 800, 2600  # pixels on the long side


@dataclass(frozen=True)
class Rendition:
    """An encoded image in sRGB without metadata; `width` and `height` in pixels."""

    data: bytes
    width: int
    height: int
    format: Format


@dataclass(frozen=True)
class Rendered:
    """What decoding gave; `colour` is the average as "#rrggbb", `placeholder` those of a grid's fields (RGB, row
    by row), transparency seen over white; `fingerprint` is what it looks like. There is no tile when the preview is no
    larger than one."""

    colour: str
    placeholder: bytes
    fingerprint: int | None
    thumbnail: Rendition
    preview: Rendition
    tile: Rendition | None


def pack(rendered: Rendered) -> bytes:
    """Write a Rendered as a line of JSON and its bodies; not pickle, because a hostile file's process speaks."""
    bodies = [one for one in (rendered.thumbnail, rendered.preview, rendered.tile) if one]
    sizes = [(one.width, one.height, one.format.name, len(one.data)) for one in bodies]
    line = json.dumps([rendered.colour, rendered.placeholder.hex(), rendered.fingerprint, *sizes]).encode()
    return line + b"\n" + b"".join(one.data for one in bodies)


def unpack(packed: bytes) -> Rendered:
    """Read what pack wrote. Raises ValueError for what it can't have written: colours go into pages, bodies to
    browsers."""
    line, _, rest = packed.partition(b"\n")
    bodies = []
    try:
        colour, placeholder, looks, *told = json.loads(line)
        averaged = bytes.fromhex(placeholder)
        for width, height, name, length in told:
            bodies.append(Rendition(rest[:length], width, height, BY_NAME[name]))
            rest = rest[length:]
    except (TypeError, KeyError, RecursionError) as error:
        raise ValueError("this is not packed") from error
    thumbnail, preview, *others = bodies
    tile = others[0] if others else None
    if not (
        isinstance(colour, str)
        and re.fullmatch("#[0-9a-f]{6}", colour)
        and len(averaged) == 3 * PLACEHOLDER_COLUMNS * PLACEHOLDER_ROWS
        and (looks is None or (type(looks) is int and 0 <= looks < 1 << 64))
        and _could_be(thumbnail, THUMBNAIL_SIDE)
        and _could_be(preview, PREVIEW_MAX)
        and (tile is None or _could_be(tile, TILE_SIDE))
        and len(others) <= 1
        and not rest
    ):
        raise ValueError("this can't have been rendered")
    return Rendered(colour, averaged, looks, thumbnail, preview, tile)


def _could_be(rendition: Rendition, most: int) -> bool:
    """Whether its sides have at most so many pixels, and its bytes begin like one of the two formats we write."""
    sides = (rendition.width, rendition.height)
    known = sniff(rendition.data[:HEAD_BYTES])
    return (
        all(type(side) is int and 1 <= side <= most for side in sides)
        and rendition.format in (JPEG, WEBP)
        and known is rendition.format
    )


def facts(known: Format, container: Container, limits: Limits) -> bytes:
    """What `work` has to know beside the stripped file."""
    told = [known.name, container.width, container.height, container.frames, container.orientation]
    return json.dumps([*told, limits.max_pixels]).encode()

"""Choose the one picture of a file, measure it, and write a file that holds it and nothing else."""

from dataclasses import dataclass

from shared.domain.formats import Format
from shared.domain.refusals import Refusal, Rejected
from worker.imaging.container import check_size
from worker.imaging.isobmff import av1, properties
from worker.imaging.isobmff.boxes import Budget, Fields, file_boxes
from worker.imaging.isobmff.items import Items, Property, items
from worker.imaging.isobmff.write import Piece, written
from worker.imaging.limits import Limits

MAX_ITEMS = 1000  # libheif's own limit; at 256 × 256 pixels a tile, 50 megapixels are 763
_GRID, _AV1 = b"grid", b"av01"
_KEPT_REFERENCES = (b"auxl", b"dimg", b"prem")
_BRAND_BYTES = 64
_SEQUENCES = (b"avis", b"msf1", b"hevc", b"hevx", b"hevm", b"hevs")
# Tiles may overhang the picture at two edges: 48 megapixels in tiles of 512 are 50.3 decoded.
_MAX_OVERHANG = 2


@dataclass(frozen=True)
class Still:
    """The picture as stored: sides in pixels, the properties that crop and turn it, and a file of it alone."""

    width: int
    height: int
    properties: list[Property]
    stripped: bytes


def still(data: bytes, limits: Limits, known: Format, codec: bytes) -> Still:
    """Read a file whose pictures are items of the kind `codec`, alone or as tiles of a grid.

    Kept: the primary item, its tiles, its transparency. Dropped: EXIF, XMP, thumbnails (they may show what was cropped
    away), depth, gain maps, other pictures, boxes that no reader needs, and whatever lies between all this.
    Raises Rejected: `truncated`, `corrupt`, `unsupported_type`, `too_many_pixels`, `side_too_long`,
    `too_many_chunks`.
    """
    budget = Budget(limits)
    found = file_boxes(data, budget)
    if data[8:12] in _SEQUENCES and b"moov" in found:
        raise Rejected(Refusal.UNSUPPORTED_TYPE, f"Animated {known.label} pictures can't be taken.")
    file = items(found[b"meta"], budget)
    if file.primary not in file.kinds:
        raise Rejected(Refusal.CORRUPT)
    chosen = _chosen(file, codec, known)
    if len(chosen) > MAX_ITEMS:
        raise Rejected(Refusal.TOO_MANY_CHUNKS)
    stay = {item: properties.kept(file.properties.get(item, []), known.label) for item in chosen}
    sizes = {item: properties.size_of(of_item) for item, of_item in stay.items()}
    for size in sizes.values():
        check_size(*size, limits)
    if sum(length for item in chosen for length in _lengths(file, item)) > len(data):
        raise Rejected(Refusal.TRUNCATED)
    place = {item: at for at, item in enumerate(chosen)}
    pieces = []
    for item in chosen:
        content = file.bytes_of(item, data)
        if file.kinds[item] == _GRID:
            content = _grid(content, item, file, sizes, limits)
        elif codec == _AV1:
            check_size(*av1.size(content), limits)
        references = {
            kind: [place[target] for target in file.references.get((kind, item), []) if target in place]
            for kind in _KEPT_REFERENCES
        }
        pieces.append(Piece(file.kinds[item], content, stay[item], references))
    width, height = sizes[file.primary]
    return Still(width, height, stay[file.primary], written(pieces, found[b"ftyp"][:_BRAND_BYTES], known))


def _lengths(file: Items, item: int) -> list[int]:
    place = file.places.get(item)
    return [length for _, length in place.extents] if place else []


def _chosen(file: Items, codec: bytes, known: Format) -> list[int]:
    """The items that make the picture, the primary one first."""
    beside: dict[int, list[int]] = {}
    for (kind, origin), targets in file.references.items():
        if kind == b"auxl" and any(
            one.name == b"auxC" and properties.auxiliary(one) in properties.ALPHA
            for one in file.properties.get(origin, [])
        ):
            for target in targets:
                beside.setdefault(target, []).append(origin)
    colours = _with_tiles(file.primary, file, codec, known)
    alphas = [
        part
        for item in colours
        for origin in beside.get(item, [])[:1]
        for part in _with_tiles(origin, file, codec, known)
    ]
    return list(dict.fromkeys(colours + alphas))


def _with_tiles(item: int, file: Items, codec: bytes, known: Format) -> list[int]:
    tiles = file.references.get((b"dimg", item), []) if file.kinds.get(item) == _GRID else []
    if any(file.kinds.get(one) != codec for one in tiles or [item]):
        raise Rejected(Refusal.UNSUPPORTED_TYPE, f"This kind of {known.label} picture can't be taken.")
    return [item, *tiles]


def _grid(content: bytes, item: int, file: Items, sizes: dict[int, tuple[int, int]], limits: Limits) -> bytes:
    """Check that equal tiles cover the picture and none lies outside; return the grid's own fields."""
    fields = Fields(content)
    fields.number(1)
    wide = 4 if fields.number(1) & 1 else 2
    rows, columns = fields.number(1) + 1, fields.number(1) + 1
    width, height = fields.number(wide), fields.number(wide)
    tiles = file.references.get((b"dimg", item), [])
    if (width, height) != sizes[item] or len(tiles) != rows * columns or len({sizes[t] for t in tiles}) != 1:
        raise Rejected(Refusal.CORRUPT)
    across, down = sizes[tiles[0]]
    if not (columns - 1) * across < width <= columns * across:
        raise Rejected(Refusal.CORRUPT)
    if not (rows - 1) * down < height <= rows * down:
        raise Rejected(Refusal.CORRUPT)
    if len(tiles) * across * down > _MAX_OVERHANG * limits.max_pixels:
        raise Rejected(Refusal.TOO_MANY_PIXELS)
    return content[: 4 + 2 * wide]

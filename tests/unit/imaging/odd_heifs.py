"""HEIF files made box by box, so that each can break one rule."""

from dataclasses import dataclass, field
from functools import cache

from tests.unit.imaging.samples import encoded, picture
from worker.imaging import Limits
from worker.imaging.isobmff.boxes import Budget, box, file_boxes, full_box
from worker.imaging.isobmff.items import items

SIDE = 64  # pixels of a tile


def two(number: int) -> bytes:
    return number.to_bytes(2, "big")


def four(number: int) -> bytes:
    return number.to_bytes(4, "big")


def ispe(width: int, height: int, tail: bytes = b"") -> bytes:
    return full_box(b"ispe", four(width), four(height), tail)


@cache
def coded(kind: str, side: int = SIDE) -> tuple[bytes, bytes]:
    """The decoder's configuration, as a box, and the coded pixels of a square picture."""
    data = encoded(picture(side, side), kind)
    budget = Budget(Limits())
    found = items(file_boxes(data, budget)[b"meta"], budget)
    (configuration,) = (one for one in found.properties[found.primary] if one.name in (b"hvcC", b"av1C"))
    return box(configuration.name, configuration.body), found.bytes_of(found.primary, data)


@dataclass
class Item:
    """One item; `place`: offset and length in the file that are said instead of the true ones."""

    kind: bytes
    content: bytes
    properties: list[bytes] = field(default_factory=list)
    essential: bool = False
    place: tuple[int, int] | None = None
    name: bytes = b""
    references: dict[bytes, list[int]] = field(default_factory=dict)


def heif(
    *pieces: Item, brand: bytes = b"heic", brands: bytes = b"mif1", in_meta: bytes = b"", behind: bytes = b""
) -> bytes:
    """A file of these items, numbered from 1; the first is its picture. `in_meta`, `behind`: boxes besides."""
    head = box(b"ftyp", brand, four(0), brands)
    start = len(head) + len(_meta(pieces, 0, in_meta)) + 8
    return head + _meta(pieces, start, in_meta) + box(b"mdat", *(piece.content for piece in pieces)) + behind


def _meta(pieces: tuple[Item, ...], start: int, in_meta: bytes) -> bytes:
    places, kinds, known, owned, references = [], [], [], [], []
    for number, piece in enumerate(pieces, 1):
        offset, length = piece.place or (start, len(piece.content))
        places.append(two(number) + two(0) + two(1) + four(offset) + four(length))
        start += len(piece.content)
        kinds.append(full_box(b"infe", two(number), two(0), piece.kind, piece.name, b"\0", version=2))
        known += piece.properties
        indices = range(len(known) - len(piece.properties) + 1, len(known) + 1)
        values = [two(index | (0x8000 if piece.essential else 0)) for index in indices]
        owned.append(two(number) + bytes((len(values),)) + b"".join(values))
        for kind, targets in piece.references.items():
            references.append(box(kind, two(number), two(len(targets)), *map(two, targets)))
    return full_box(
        b"meta",
        full_box(b"hdlr", four(0), b"pict", bytes(12), b"SECRET-HANDLER\0"),
        full_box(b"pitm", two(1)),
        full_box(b"iloc", b"\x44\0", two(len(pieces)), *places),
        full_box(b"iinf", two(len(pieces)), *kinds),
        full_box(b"iref", *references),
        box(b"iprp", box(b"ipco", *known), full_box(b"ipma", four(len(pieces)), *owned, flags=1)),
        in_meta,
    )


def grid(rows: int, columns: int, width: int, height: int, tiles: list[int], tail: bytes = b"") -> Item:
    """A picture of tiles, whose numbers are given row by row."""
    fields = bytes((0, 1, rows - 1, columns - 1)) + four(width) + four(height) + tail
    return Item(b"grid", fields, [ispe(width, height)], references={b"dimg": tiles})


def tile(kind: str = "heic", **changes: object) -> Item:
    """One coded picture of SIDE × SIDE pixels."""
    configuration, content = coded(kind)
    item = Item(b"hvc1" if kind == "heic" else b"av01", content, [ispe(SIDE, SIDE), configuration])
    return Item(**{**vars(item), **changes})

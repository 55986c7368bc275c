"""Write a file of one picture, the same bytes for the same picture however its uploader's file was laid out."""

from dataclasses import dataclass

from shared.domain.formats import Format
from worker.imaging.isobmff.boxes import box, full_box
from worker.imaging.isobmff.items import Property

# Beside the format's own: what a reader may rely on, and the one that warns of more than eight bits.
_DEEP = b"heix"
_BRANDS = (b"mif1", b"miaf", b"MA1A", b"MA1B")
_IN_FILE, _IN_IDAT = 0, 1
_HIDDEN = 1
_ESSENTIAL = 0x8000


@dataclass(frozen=True)
class Piece:
    """One item: the first of a file is its picture. `references`: by kind, places in the list of pieces."""

    kind: bytes
    content: bytes
    properties: list[Property]
    references: dict[bytes, list[int]]

    @property
    def is_derived(self) -> bool:
        """Whether its bytes are about other items; such ones belong into `idat`."""
        return bool(self.references.get(b"dimg"))


def written(pieces: list[Piece], brands: bytes, known: Format) -> bytes:
    """The file; `brands` are those that its uploader's named."""
    own = known.name.encode()
    named = {brands[at : at + 4] for at in range(0, len(brands), 4)}
    major = _DEEP if _DEEP in named else own
    others = [brand for brand in (own, *_BRANDS) if brand in named | {own, b"mif1"} and brand != major]
    head = box(b"ftyp", major, bytes(4), major, *others)
    start = len(head) + len(_meta(pieces, 0)) + 8
    coded = b"".join(piece.content for piece in pieces if not piece.is_derived)
    return head + _meta(pieces, start) + box(b"mdat", coded)


def _meta(pieces: list[Piece], start: int) -> bytes:
    """The box `meta`; the first coded piece begins at `start` in the file."""
    entries, references = [], []
    for number, piece in enumerate(pieces, 1):
        flags = _HIDDEN if number > 1 else 0
        entries.append(full_box(b"infe", _two(number), _two(0), piece.kind, b"\0", version=2, flags=flags))
        for kind, targets in piece.references.items():
            if targets:
                numbers = [_two(target + 1) for target in targets]
                references.append(box(kind, _two(number), _two(len(targets)), *numbers))
    idat = b"".join(piece.content for piece in pieces if piece.is_derived)
    return full_box(
        b"meta",
        full_box(b"hdlr", bytes(4), b"pict", bytes(13)),
        full_box(b"pitm", _two(1)),
        _locations(pieces, start),
        full_box(b"iinf", _two(len(pieces)), *entries),
        *([full_box(b"iref", *references)] if references else []),
        _properties(pieces),
        *([box(b"idat", idat)] if idat else []),
    )


def _locations(pieces: list[Piece], start: int) -> bytes:
    entries = []
    at = {_IN_FILE: start, _IN_IDAT: 0}
    for number, piece in enumerate(pieces, 1):
        method = _IN_IDAT if piece.is_derived else _IN_FILE
        length = len(piece.content)
        entries.append(_two(number) + _two(method) + _two(0) + _two(1) + _four(at[method]) + _four(length))
        at[method] += length
    return full_box(b"iloc", b"\x44\0", _two(len(pieces)), *entries, version=1)


def _properties(pieces: list[Piece]) -> bytes:
    """The box `iprp`: each property once, and which item has which, in the order that turns and crops rely on."""
    indices: dict[tuple[bytes, bytes], int] = {}
    associations = []
    for number, piece in enumerate(pieces, 1):
        values = []
        for one in piece.properties:
            index = indices.setdefault((one.name, one.body), len(indices) + 1)
            values.append(_two(index | (_ESSENTIAL if one.essential else 0)))
        associations.append(_two(number) + bytes((len(values),)) + b"".join(values))
    known = box(b"ipco", *(box(name, body) for name, body in indices))
    return box(b"iprp", known, full_box(b"ipma", _four(len(pieces)), *associations, flags=1))


def _two(number: int) -> bytes:
    return number.to_bytes(2, "big")


def _four(number: int) -> bytes:
    return number.to_bytes(4, "big")

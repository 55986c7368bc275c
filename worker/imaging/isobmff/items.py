"""What a `meta` box says: items, where their bytes lie, what they are like and how they depend on each other."""

from dataclasses import dataclass, field

from shared.domain.refusals import Refusal, Rejected
from worker.imaging.isobmff.boxes import Budget, Fields, boxes

_IN_FILE, _IN_IDAT = 0, 1  # construction methods; 2 would take bytes out of other items
_MAX_PROPERTIES = 255  # of one item; their number is a byte
_NUMBERS = (0, 4, 8)  # the lengths in bytes that iloc's numbers can have


@dataclass(frozen=True)
class Property:
    """One property of an item; a reader that doesn't know an `essential` one must leave the item alone."""

    name: bytes
    body: bytes
    essential: bool


@dataclass(frozen=True)
class Place:
    """Where an item's bytes lie: (offset, length) pairs, into `idat` or into the file."""

    in_idat: bool
    extents: list[tuple[int, int]]


@dataclass
class Items:
    """Everything by item number; `references`: by (kind, from), the items it names, in order."""

    primary: int = 0
    kinds: dict[int, bytes] = field(default_factory=dict)
    places: dict[int, Place] = field(default_factory=dict)
    properties: dict[int, list[Property]] = field(default_factory=dict)
    references: dict[tuple[bytes, int], list[int]] = field(default_factory=dict)
    idat: bytes = b""

    def bytes_of(self, item: int, data: bytes) -> bytes:
        """The bytes of an item. Raises Rejected: `truncated` (they end behind the file), `corrupt`."""
        place = self.places.get(item)
        if place is None:
            raise Rejected(Refusal.CORRUPT)
        source = self.idat if place.in_idat else data
        if sum(length for _, length in place.extents) > len(source):
            raise Rejected(Refusal.CORRUPT if place.in_idat else Refusal.TRUNCATED)
        if any(offset + length > len(source) for offset, length in place.extents):
            raise Rejected(Refusal.CORRUPT if place.in_idat else Refusal.TRUNCATED)
        return b"".join(source[offset : offset + length] for offset, length in place.extents)


def items(meta: bytes, budget: Budget) -> Items:
    """Read a `meta` box's body. Raises Rejected: `corrupt`, `too_many_chunks`."""
    found = Items()
    content = Fields(meta)
    content.version()
    for name, body in boxes(content.rest(), budget):
        fields = Fields(body)
        match name:
            case b"hdlr":
                fields.take(8)
                if fields.take(4) != b"pict":
                    raise Rejected(Refusal.CORRUPT)
            case b"pitm":
                version, _ = fields.version()
                found.primary = fields.number(4 if version else 2)
            case b"iinf":
                _kinds(fields, found, budget)
            case b"iloc":
                _places(fields, found, budget)
            case b"iref":
                _references(fields, found, budget)
            case b"iprp":
                _properties(body, found, budget)
            case b"idat":
                found.idat = body
    return found


def _kinds(fields: Fields, found: Items, budget: Budget) -> None:
    version, _ = fields.version()
    fields.number(4 if version else 2)  # a count, which the boxes tell as well
    for name, body in boxes(fields.rest(), budget):
        entry = Fields(body)
        version, _ = entry.version()
        if name == b"infe" and version >= 2:  # earlier ones describe files, not pictures
            item = entry.number(2 if version == 2 else 4)
            protected = entry.number(2)
            found.kinds[item] = b"" if protected else entry.take(4)


def _places(fields: Fields, found: Items, budget: Budget) -> None:
    version, _ = fields.version()
    sizes, more = fields.number(1), fields.number(1)
    offset_bytes, length_bytes = sizes >> 4, sizes & 15
    base_bytes, index_bytes = more >> 4, more & 15 if version else 0
    if version > 2 or not {offset_bytes, length_bytes, base_bytes, index_bytes} <= set(_NUMBERS):
        raise Rejected(Refusal.CORRUPT)
    for _ in range(fields.number(2 if version < 2 else 4)):
        budget.spend()
        item = fields.number(2 if version < 2 else 4)
        method = fields.number(2) & 15 if version else _IN_FILE
        elsewhere = fields.number(2)  # another file, by number
        base = fields.number(base_bytes)
        extents = []
        for _ in range(fields.number(2)):
            budget.spend()
            fields.number(index_bytes)
            extents.append((base + fields.number(offset_bytes), fields.number(length_bytes)))
        if method in (_IN_FILE, _IN_IDAT) and not elsewhere:
            found.places[item] = Place(method == _IN_IDAT, extents)


def _references(fields: Fields, found: Items, budget: Budget) -> None:
    version, _ = fields.version()
    number = 4 if version else 2
    for kind, body in boxes(fields.rest(), budget):
        reference = Fields(body)
        origin = reference.number(number)
        count = reference.number(2)
        budget.spend(count)
        found.references[kind, origin] = [reference.number(number) for _ in range(count)]


def _properties(body: bytes, found: Items, budget: Budget) -> None:
    known: list[tuple[bytes, bytes]] = []
    for name, content in boxes(body, budget):
        if name == b"ipco":
            known += boxes(content, budget)
        elif name == b"ipma":
            fields = Fields(content)
            version, flags = fields.version()
            wide = 2 if flags & 1 else 1
            for _ in range(fields.number(4)):
                budget.spend()
                of_item = found.properties.setdefault(fields.number(4 if version else 2), [])
                for _ in range(fields.number(1)):
                    budget.spend()
                    value = fields.number(wide)
                    essential, index = value >> (8 * wide - 1), value & ((1 << (8 * wide - 1)) - 1)
                    if index > len(known):
                        raise Rejected(Refusal.CORRUPT)
                    if index:  # none is allowed to be named
                        of_item.append(Property(*known[index - 1], bool(essential)))
                if len(of_item) > _MAX_PROPERTIES:
                    raise Rejected(Refusal.CORRUPT)

"""The properties that a picture may keep, cut to their own fields: how it is decoded and how it looks."""

from shared.domain.refusals import Refusal, Rejected
from worker.imaging.isobmff.items import Property

# Bytes of those that have a fixed size: a size, turns, a crop, pixels that aren't square, light levels, a viewing room.
_FIXED = {
    b"ispe": 12,
    b"irot": 1,
    b"imir": 1,
    b"clap": 32,
    b"pasp": 8,
    b"clli": 4,
    b"mdcv": 24,
    b"amve": 8,
}
_DECODERS = (b"hvcC", b"av1C")
_PROFILES = (b"prof", b"rICC")
_NCLX_BYTES = 11
ALPHA = (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1")


def kept(given: list[Property], label: str) -> list[Property]:
    """What stays of an item's properties.

    Raises Rejected: `corrupt`; `unsupported_type` for one that is essential and unknown, as no reader may guess.
    """
    stay = []
    for one in given:
        body = _cut(one)
        if body is not None:
            stay.append(Property(one.name, body, one.essential))
        elif one.essential:
            raise Rejected(Refusal.UNSUPPORTED_TYPE, f"This kind of {label} picture can't be taken.")
    return stay


def _cut(one: Property) -> bytes | None:
    name, body = one.name, one.body
    if name in _FIXED:
        return _exactly(body, _FIXED[name])
    if name in _DECODERS:
        return body
    if name == b"pixi":
        return _exactly(body, 5 + _exactly(body, 5)[4])
    if name == b"colr":
        if body[:4] in _PROFILES:
            return body
        return _exactly(body, _NCLX_BYTES) if body[:4] == b"nclx" else None
    if name == b"auxC":
        return body[:4] + auxiliary(one) + b"\0"
    return None


def _exactly(body: bytes, length: int) -> bytes:
    if len(body) < length:
        raise Rejected(Refusal.CORRUPT)
    return body[:length]


def auxiliary(one: Property) -> bytes:
    """The name that an `auxC` gives to what an item is beside the picture."""
    return one.body[4:].split(b"\0", 1)[0]


def size_of(properties: list[Property]) -> tuple[int, int]:
    """Width and height in pixels as stored. Raises Rejected (`corrupt`): unknown, or not the same everywhere."""
    sizes = {one.body for one in properties if one.name == b"ispe"}
    if len(sizes) != 1:
        raise Rejected(Refusal.CORRUPT)
    body = sizes.pop()
    return int.from_bytes(body[4:8], "big"), int.from_bytes(body[8:12], "big")

"""The chunks of a PNG that change how it looks, cut to what decoders take of them.

Source: PNG third edition (W3C), 11.3.
"""

import zlib

# By colour type: 0 grey, 2 colours, 3 palette, 4 grey with transparency, 6 colours with transparency.
_ANY = (0, 2, 3, 4, 6)
_BYTES = {
    b"gAMA": dict.fromkeys(_ANY, 4),
    b"cHRM": dict.fromkeys(_ANY, 32),
    b"sRGB": dict.fromkeys(_ANY, 1),
    b"cICP": dict.fromkeys(_ANY, 4),  # names the colour space; without it an HDR image would change its look
    b"pHYs": dict.fromkeys(_ANY, 9),
    b"sBIT": {0: 1, 2: 3, 3: 3, 4: 2, 6: 4},
    b"bKGD": {0: 2, 2: 6, 3: 1, 4: 2, 6: 6},
    b"tRNS": {0: 2, 2: 6},
}
NAMES = frozenset((*_BYTES, b"iCCP"))
_MOST_PALETTE = 256
_MOST_PROFILE_BYTES = 8 << 20
_NAME = b"icc"  # a profile's own says who made it
_DEFLATE = b"\0\0"  # the name's end, and the one method there is


def kept(name: bytes, body: bytes, colour: int) -> bytes | None:
    """What may stay of a chunk in a PNG of this colour type; None when decoders take nothing of it, for its length."""
    if name == b"iCCP":
        return _profile(body)
    if name == b"tRNS" and colour == 3:
        return body if 0 < len(body) <= _MOST_PALETTE else None
    return body if len(body) == _BYTES[name].get(colour) else None


def _profile(body: bytes) -> bytes | None:
    packed = body.partition(b"\0")[2]
    if packed[:1] != b"\0":
        return None
    stream = zlib.decompressobj()
    try:
        stream.decompress(packed[1:], _MOST_PROFILE_BYTES)
    except zlib.error:
        return None
    if not stream.eof:
        return None
    return _NAME + _DEFLATE + packed[1 : len(packed) - len(stream.unused_data)]

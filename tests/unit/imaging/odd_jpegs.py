"""JPEGs that Pillow can't write: any sampling factors, coded block by block with the tables of a file by Pillow."""

import struct
from collections.abc import Iterator

from tests.unit.imaging.samples import sample, segment

Factors = tuple[int, int]  # across, down
UNUSUAL: dict[str, tuple[Factors, Factors, Factors]] = {
    "3x1": ((3, 1), (1, 1), (1, 1)),
    "4:1:0": ((4, 2), (1, 1), (1, 1)),
    "2x4": ((2, 4), (1, 1), (1, 1)),
    "1x3": ((1, 3), (1, 1), (1, 1)),
    "3x2": ((3, 2), (1, 1), (1, 1)),
    "2x2 2x1 1x1": ((2, 2), (2, 1), (1, 1)),
    "2x1 1x2 1x1": ((2, 1), (1, 2), (1, 1)),
    "1x1 2x2 2x2": ((1, 1), (2, 2), (2, 2)),
}
_Codes = dict[int, str]


def sampled(factors: tuple[Factors, Factors, Factors], width: int = 150, height: int = 110) -> bytes:
    """A baseline JPEG with these sampling factors for Y, Cb and Cr. Its blocks differ, so that damage shows."""
    pieces = dict(_pieces(sample("jpeg")))
    codes = {piece[4]: _codes(piece[5:]) for marker, piece in _pieces(sample("jpeg")) if marker == 0xC4}
    components = b"".join(
        bytes((number + 1, across << 4 | down, min(number, 1)))
        for number, (across, down) in enumerate(factors)
    )
    frame = segment(0xC0, struct.pack(">BHHB", 8, height, width, 3) + components)
    tables = b"".join(piece for marker, piece in _pieces(sample("jpeg")) if marker in (0xDB, 0xC4))
    scan = segment(0xDA, b"\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00")
    units_across = -(-width // (8 * max(across for across, _ in factors)))
    units_down = -(-height // (8 * max(down for _, down in factors)))
    bits = "".join(_coded(factors, codes, units_across * units_down))
    bits += "1" * (-len(bits) % 8)
    pixels = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    return b"\xff\xd8" + pieces[0xE0] + tables + frame + scan + pixels + b"\xff\xd9"


def _pieces(jpeg: bytes) -> Iterator[tuple[int, bytes]]:
    """The marker and bytes of each segment up to the scan."""
    at = 2
    while jpeg[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        yield jpeg[at + 1], jpeg[at:end]
        at = end


def _codes(table: bytes) -> _Codes:
    """The Huffman codes of each symbol, from the body of a DHT segment (T.81 annex C)."""
    codes, code, at = {}, 0, 16
    for length, count in enumerate(table[:16], 1):
        for symbol in table[at : at + count]:
            codes[symbol] = f"{code:0{length}b}"
            code += 1
        at += count
        code <<= 1
    return codes


def _coded(factors: tuple[Factors, Factors, Factors], codes: dict[int, _Codes], units: int) -> Iterator[str]:
    for unit in range(units):
        for number, (across, down) in enumerate(factors):
            dc, ac = codes[min(number, 1)], codes[0x10 | min(number, 1)]
            for block in range(across * down):
                wave = (unit * 37 + block * 11 + number * 5) % 29 - 14
                yield _value(dc, wave) + _value(ac, wave or 1) + _value(ac, -3) + ac[0]


def _value(codes: _Codes, value: int) -> str:
    """A coefficient: the code of its number of bits, then the bits; negative ones as their ones' complement."""
    size = abs(value).bit_length()
    bits = value if value >= 0 else value + (1 << size) - 1
    return codes[size] + (f"{bits:0{size}b}" if size else "")

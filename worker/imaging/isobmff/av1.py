"""The size that an AV1 stream announces, which may be another than the container's.

Source: AV1 Bitstream & Decoding Process Specification (AOM), 5.3 for OBUs, 5.5 for the sequence header.
"""

from shared.domain.refusals import Refusal, Rejected

_SEQUENCE_HEADER, _TEMPORAL_DELIMITER = 1, 2
_HEADER_BYTES = 64  # more than the longest way to the size


class _Bits:
    def __init__(self, data: bytes) -> None:
        self._value, self._left = int.from_bytes(data, "big"), 8 * len(data)

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise Rejected(Refusal.CORRUPT)
        return self._value >> self._left & ((1 << count) - 1)

    def variable(self) -> int:
        """Take a number that says its own length in zeros (4.10.3)."""
        zeros = 0
        while not self.take(1):
            zeros += 1
        return self.take(min(zeros, 32))


def size(stream: bytes) -> tuple[int, int]:
    """The largest width and height in pixels of a stream that begins with its sequence header.

    Raises Rejected (`corrupt`): it begins with something else.
    """
    at = 0
    while at < len(stream):
        kind, extended, sized = stream[at] >> 3 & 15, stream[at] >> 2 & 1, stream[at] >> 1 & 1
        at += 1 + extended
        if kind == _SEQUENCE_HEADER:
            at += _length_bytes(stream, at) if sized else 0
            return _size(_Bits(stream[at : at + _HEADER_BYTES]))
        if kind != _TEMPORAL_DELIMITER or not sized:
            break
        at += 1  # of length nought
    raise Rejected(Refusal.CORRUPT)


def _length_bytes(stream: bytes, at: int) -> int:
    """How many bytes a length takes, seven bits in each."""
    return next((n for n, byte in enumerate(stream[at : at + 8], 1) if not byte & 0x80), 8)


def _size(bits: _Bits) -> tuple[int, int]:
    bits.take(4)  # profile, still
    if bits.take(1):  # the short header of still pictures
        bits.take(5)
    else:
        _skip_operating_points(bits)
    wide, high = bits.take(4) + 1, bits.take(4) + 1
    return bits.take(wide) + 1, bits.take(high) + 1


def _skip_operating_points(bits: _Bits) -> None:
    delay_bits = 0
    if bits.take(1):  # timing
        bits.take(64)
        if bits.take(1):
            bits.variable()
        if bits.take(1):  # decoder model
            delay_bits = bits.take(5) + 1
            bits.take(42)
    delays = bits.take(1)
    for _ in range(bits.take(5) + 1):
        bits.take(12)
        if bits.take(5) > 7:
            bits.take(1)
        if delay_bits and bits.take(1):
            bits.take(2 * delay_bits + 1)
        if delays and bits.take(1):
            bits.take(4)

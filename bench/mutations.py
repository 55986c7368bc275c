"""Small sound files of every format and kind, and damage to them: the same for the same number."""

import random
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from io import BytesIO

import pillow_heif
from PIL import Image, PngImagePlugin

pillow_heif.register_heif_opener()
WIDTH, HEIGHT = 96, 64


def picture() -> Image.Image:
    """Soft and textured, so that damage shows."""
    soft = Image.linear_gradient("L").resize((WIDTH, HEIGHT))
    bands = [soft, soft.rotate(180), Image.radial_gradient("L").resize((WIDTH, HEIGHT))]
    texture = Image.frombytes("L", (WIDTH, HEIGHT), random.Random(1).randbytes(WIDTH * HEIGHT))  # noqa: S311 -- no secret
    return Image.blend(Image.merge("RGB", bands), texture.convert("RGB"), 0.15)


def _encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def _animated(kind: str, **options: object) -> bytes:
    frames = [picture().rotate(90 * turn) for turn in range(3)]
    return _encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=40, **options)


def _interlaced() -> bytes:
    passes = ((1, 1), (1, 1), (2, 1), (2, 2), (4, 2), (4, 4), (8, 4))  # columns and rows of 8 × 8 pixels
    lines = b"".join((b"\0" + bytes(range(columns))) * rows for columns, rows in passes)
    head = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 1)
    chunks = (_chunk(b"IHDR", head), _chunk(b"IDAT", zlib.compress(lines)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@cache
def seeds() -> dict[str, bytes]:
    """Sound files by what they are; a name begins with its format's."""
    image, text = picture(), PngImagePlugin.PngInfo()
    text.add_text("Comment", "words")
    clear = image.convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(image.size))
    exif = Image.Exif()
    exif[0x0112] = 6
    return {
        "jpeg": _encoded(image, "JPEG"),
        "jpeg progressive": _encoded(image, "JPEG", progressive=True, exif=exif),
        "jpeg restarts": _encoded(image, "JPEG", restart_marker_rows=1, quality=90),
        "jpeg 4:4:4": _encoded(image, "JPEG", subsampling=0, optimize=True),
        "jpeg grey": _encoded(image.convert("L"), "JPEG", comment=b"words"),
        "jpeg cmyk": _encoded(image.convert("CMYK"), "JPEG"),
        "png": _encoded(image, "PNG", pnginfo=text),
        "png clear": _encoded(clear, "PNG", exif=exif),
        "png palette": _encoded(image.convert("P", palette=Image.Palette.ADAPTIVE, colors=16), "PNG"),
        "png one bit": _encoded(image.convert("1"), "PNG"),
        "png 16 bit": _encoded(image.convert("I;16"), "PNG"),
        "png interlaced": _interlaced(),
        "png animated": _animated("PNG"),
        "png apart": _animated("PNG", default_image=True),
        "webp": _encoded(image, "WEBP"),
        "webp clear": _encoded(clear, "WEBP", exif=exif),
        "webp lossless": _encoded(image, "WEBP", lossless=True),
        "webp animated": _animated("WEBP"),
        "gif": _encoded(image, "GIF", comment=b"words"),
        "gif animated": _animated("GIF", loop=3),
        "avif": _encoded(image, "AVIF"),
        "avif clear": _encoded(clear, "AVIF", exif=exif),
        "heic": _encoded(image, "HEIF"),
        "heic clear": _encoded(clear, "HEIF", exif=exif),
    }


def damaged(number: int) -> tuple[str, bytes]:
    """One of the seeds with one or two damages: its name with theirs, and the file."""
    chance = random.Random(number)  # noqa: S311 -- no secret
    name = chance.choice(sorted(seeds()))
    data = seeds()[name]
    kind = name.split()[0]
    ways = [*_ANY, *_OF_PIECES] if kind in _PIECES else list(_ANY)
    done = []
    for _ in range(chance.choice((1, 1, 2))):
        way = chance.choice(ways)
        data = way(data, kind, chance)
        done.append(way.__name__.strip("_"))
    return f"{name}: {', '.join(done)}", data


def _flipped(data: bytes, _kind: str, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _span(data: bytes, chance: random.Random, most: int = 60) -> tuple[int, int]:
    start = chance.randrange(len(data))
    return start, min(len(data), start + chance.randint(1, most))


def _zeroed(data: bytes, _: str, chance: random.Random) -> bytes:
    start, end = _span(data, chance)
    return data[:start] + bytes(end - start) + data[end:]


def _removed(data: bytes, _: str, chance: random.Random) -> bytes:
    start, end = _span(data, chance)
    return data[:start] + data[end:]


def _repeated(data: bytes, _: str, chance: random.Random) -> bytes:
    start, end = _span(data, chance)
    return data[:end] + data[start:end] + data[end:]


def _inserted(data: bytes, _: str, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + chance.randbytes(chance.randint(1, 8)) + data[at:]


def _cut(data: bytes, _: str, chance: random.Random) -> bytes:
    return data[: max(16, chance.randrange(len(data)))]


_ENDS = {"jpeg": b"\xff\xd9", "png": b"\0\0\0\0IEND\xaeB`\x82", "gif": b"\0;"}


def _closed(data: bytes, kind: str, chance: random.Random) -> bytes:
    return _cut(data, kind, chance) + _ENDS.get(kind, b"")


def _followed(data: bytes, _: str, chance: random.Random) -> bytes:
    return data + chance.randbytes(chance.randint(1, 40))


_ANY = (_flipped, _flipped, _zeroed, _removed, _repeated, _inserted, _cut, _closed, _followed)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _jpeg_pieces(data: bytes) -> Iterator[bytes]:
    yield data[:2]
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        yield data[at:end]
        at = end
    yield data[at:]


def _png_pieces(data: bytes) -> Iterator[bytes]:
    yield data[:8]
    at = 8
    while at + 8 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        yield data[at:end]
        at = end


def _webp_pieces(data: bytes) -> Iterator[bytes]:
    yield data[:12]
    at = 12
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        yield data[at : at + 8 + length + length % 2]
        at += 8 + length + length % 2


_PIECES: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "jpeg": _jpeg_pieces,
    "png": _png_pieces,
    "webp": _webp_pieces,
}


def _joined(pieces: list[bytes], kind: str) -> bytes:
    whole = b"".join(pieces)
    if kind == "webp":  # its length stands at its head
        return whole[:4] + struct.pack("<I", len(whole) - 8) + whole[8:]
    return whole


def _piece_dropped(data: bytes, kind: str, chance: random.Random) -> bytes:
    pieces = list(_PIECES[kind](data))
    del pieces[chance.randrange(len(pieces))]
    return _joined(pieces, kind)


def _piece_doubled(data: bytes, kind: str, chance: random.Random) -> bytes:
    pieces = list(_PIECES[kind](data))
    at = chance.randrange(len(pieces))
    pieces.insert(at, pieces[at])
    return _joined(pieces, kind)


def _pieces_swapped(data: bytes, kind: str, chance: random.Random) -> bytes:
    pieces = list(_PIECES[kind](data))
    one, other = chance.randrange(len(pieces)), chance.randrange(len(pieces))
    pieces[one], pieces[other] = pieces[other], pieces[one]
    return _joined(pieces, kind)


def _piece_changed(data: bytes, kind: str, chance: random.Random) -> bytes:
    """A byte of one piece; a PNG's checksum is made right again."""
    pieces = list(_PIECES[kind](data))
    at = chance.randrange(1, max(2, len(pieces)))
    piece = bytearray(pieces[at % len(pieces)])
    if len(piece) > 12:
        piece[chance.randrange(8, len(piece) - 4)] ^= 1 << chance.randrange(8)
        if kind == "png":
            piece[-4:] = struct.pack(">I", zlib.crc32(piece[4:-4]))
    pieces[at % len(pieces)] = bytes(piece)
    return _joined(pieces, kind)


_OF_PIECES = (_piece_dropped, _piece_doubled, _pieces_swapped, _piece_changed, _piece_changed)

"""A word in every field of every format where a file can say more than its picture: none of it is published."""

import zlib
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image, UnidentifiedImageError

from tests.unit.imaging.odd_heifs import Item, heif, tile
from tests.unit.imaging.samples import (
    animation,
    chunk,
    decoded,
    encoded,
    exif,
    opened,
    picture,
    riff,
    riff_chunks,
    sample,
    segment,
    with_chunks,
    with_segments,
)
from tests.unit.imaging.test_strip import SRGB
from worker.imaging import process
from worker.imaging.isobmff.boxes import box, full_box

WORD = b"CANARY"
JPEG, PNG, GIF = sample("jpeg"), sample("png"), sample("gif")
FILM = box(b"ftyp", b"mp42", bytes(4)) + box(b"moov", WORD) + box(b"mdat", WORD * 9)  # of a motion photo


def full_exif() -> bytes:
    """Text in all directories that EXIF has, with a thumbnail that has a word of its own."""
    block = Image.Exif()
    words = WORD.decode()
    for tag in (0x010E, 0x010F, 0x0110, 0x0131, 0x013B, 0x8298):
        block[tag] = words
    block.get_ifd(0x8769).update({0x927C: WORD, 0x9286: b"ASCII\0\0\0" + WORD, 0xA420: words, 0xA431: words})
    block.get_ifd(0x8825).update({1: "N", 2: (47.0, 3.0, 7.0), 27: WORD, 29: words})
    thumbnail = with_segments(encoded(picture(16, 16), "jpeg"), segment(0xFE, WORD))
    return block.tobytes() + thumbnail


def jpeg_with(marker: int, body: bytes) -> bytes:
    return with_segments(JPEG, segment(marker, body))


def mpf() -> bytes:
    """Two pictures, as phones keep a gain map or a second view, with words in either."""
    out = BytesIO()
    second = Image.new("RGB", (8, 8), "blue")
    picture().save(out, "MPO", save_all=True, append_images=[second], exif=full_exif())
    data = out.getvalue()
    at = data.rindex(b"\xff\xd8") + 2
    return data[:at] + segment(0xFE, WORD) + data[at:]


IPTC = b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\x0b\x1c\x02\x05\0\x06" + WORD + b"\0"
THUMBNAIL_RESOURCE = b"Photoshop 3.0\x008BIM\x04\x0c\0\0\0\x06" + WORD
JPEGS = {
    **{f"APP{number}": jpeg_with(0xE0 + number, WORD) for number in range(16)},
    "comment": jpeg_with(0xFE, WORD),
    "EXIF in all directories, with a thumbnail": encoded(picture(), "jpeg", exif=full_exif()),
    "two EXIFs": with_segments(
        encoded(picture(), "jpeg", exif=full_exif()), segment(0xE1, b"Exif\0\0" + WORD)
    ),
    "JFIF's thumbnail": jpeg_with(0xE0, b"JFIF\0\1\1\0\0\1\0\1\2\1" + WORD),
    "behind JFIF": jpeg_with(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0" + WORD),
    "JFXX's thumbnail": jpeg_with(0xE0, b"JFXX\0\x10" + WORD),
    "XMP": jpeg_with(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x>" + WORD + b"</x>"),
    "extended XMP": jpeg_with(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + bytes(40) + WORD),
    "IPTC": jpeg_with(0xED, IPTC),
    "Photoshop's thumbnail": jpeg_with(0xED, THUMBNAIL_RESOURCE),
    "FlashPix": jpeg_with(0xE2, b"FPXR\0" + WORD),
    "MPF": mpf(),
    "C2PA": jpeg_with(0xEB, b"JP\0\1" + box(b"jumb", WORD)),
    "behind Adobe's": jpeg_with(0xEE, b"Adobe\0d\0\0\0\0\1" + WORD),
    "half a profile": jpeg_with(0xE2, b"ICC_PROFILE\0\1\2" + WORD),
    "a motion photo's film": JPEG + FILM,
    "a motion photo's trailer": JPEG + FILM + b"SEFH" + WORD + b"SEFT",
    "between segments": JPEG[:20] + WORD + JPEG[20:],
}
_PROGRESSIVE = encoded(picture(), "jpeg", progressive=True)
_LAST_SCAN = _PROGRESSIVE.rindex(b"\xff\xda")
JPEGS["a segment between scans"] = (
    _PROGRESSIVE[:_LAST_SCAN] + segment(0xFE, WORD) + segment(0xE1, WORD) + _PROGRESSIVE[_LAST_SCAN:]
)

BODIES = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"cICP": 4, b"sBIT": 3, b"pHYs": 9, b"bKGD": 6, b"tRNS": 6}


def iccp(name: bytes, behind: bytes = b"") -> bytes:
    return chunk(b"iCCP", name + b"\0\0" + zlib.compress(SRGB) + behind)


PNGS = {
    "text": with_chunks(PNG, chunk(b"tEXt", b"Comment\0" + WORD)),
    "a keyword": with_chunks(PNG, chunk(b"tEXt", WORD + b"\0words")),
    "compressed text": with_chunks(PNG, chunk(b"zTXt", WORD + b"\0\0" + zlib.compress(WORD))),
    "international text": with_chunks(PNG, chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + WORD)),
    "EXIF": encoded(picture(), "png", exif=full_exif()),
    "raw EXIF in text": with_chunks(PNG, chunk(b"tEXt", b"Raw profile type exif\0" + WORD)),
    "time": with_chunks(PNG, chunk(b"tIME", WORD + b"\0")),
    "a palette's name": with_chunks(PNG, chunk(b"sPLT", WORD + b"\0\x08" + bytes(6))),
    "a histogram": with_chunks(PNG, chunk(b"hIST", WORD)),
    "C2PA": with_chunks(PNG, chunk(b"caBX", WORD)),
    "an unknown chunk": with_chunks(PNG, chunk(b"prVt", WORD)),
    "a profile's name": with_chunks(PNG, iccp(WORD)),
    "behind a profile": with_chunks(PNG, iccp(b"icc", WORD)),
    "behind the end": PNG + WORD,
    "between pixels and the end": PNG[:-12] + chunk(b"tEXt", b"a\0" + WORD) + PNG[-12:],
    "in the end": PNG[:-12] + chunk(b"IEND", WORD),
    **{
        f"behind {name.decode()}": with_chunks(PNG, chunk(name, bytes(n) + WORD))
        for name, n in BODIES.items()
    },
}


def gif_with(block: bytes) -> bytes:
    return GIF[:-1] + block + b";"


def sub_block(data: bytes) -> bytes:
    return bytes((len(data),)) + data


GIFS = {
    "comment": gif_with(b"!\xfe" + sub_block(WORD) + b"\0"),
    "plain text": gif_with(b"!\x01" + sub_block(bytes(12)) + sub_block(WORD) + b"\0"),
    "an application": gif_with(b"!\xff\x0bXMP DataXMP" + sub_block(WORD) + b"\0"),
    "an application's name": gif_with(b"!\xff\x0bCANARY-1.0\0" + sub_block(b"x") + b"\0"),
    "behind the loop count": gif_with(b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0" + sub_block(WORD) + b"\0"),
    "behind a graphic control": gif_with(b"!\xf9\x04\0\0\0\0" + sub_block(WORD) + b"\0"),
    "an unknown extension": gif_with(b"!\x77" + sub_block(WORD) + b"\0"),
    "behind the end": GIF + WORD,
}

_WEBP = riff_chunks(encoded(picture(), "webp", exif=exif(6), icc_profile=SRGB))
_MOVING = riff_chunks(animation("webp"))


def moving_with(change: Callable[[bytes, bytes], bytes]) -> bytes:
    return riff(*((name, change(name, body)) for name, body in _MOVING))


WEBPS = {
    "EXIF": encoded(picture(), "webp", exif=full_exif()),
    "XMP": encoded(picture(), "webp", xmp=WORD),
    "an unknown chunk": riff(*_WEBP, (b"prVt", WORD)),
    "behind the animation's": moving_with(lambda name, body: body + WORD if name == b"ANIM" else body),
    "in a frame": moving_with(lambda name, body: body + b"prVt\6\0\0\0" + WORD if name == b"ANMF" else body),
    "behind the end": sample("webp") + WORD,
    "behind the picture": riff(*riff_chunks(sample("webp")), (b"EXIF", WORD)),
}


def phone(**parts: bytes) -> bytes:
    return heif(tile(), **parts)


HEICS = {
    "EXIF": encoded(picture(), "heic", exif=full_exif()),
    "XMP": encoded(picture(), "heic", xmp=WORD),
    "a thumbnail": heif(tile(), tile(content=tile().content + WORD, references={b"thmb": [1]})),
    "a depth map": heif(tile(), tile(content=WORD, references={b"auxl": [1]})),
    "a gain map": heif(tile(), Item(b"tmap", WORD, references={b"dimg": [1]})),
    "another picture": heif(tile(), tile(content=tile().content + WORD)),
    "C2PA": phone(behind=box(b"uuid", bytes(16) + WORD)),
    "a motion photo's film": phone(behind=box(b"mpvd", FILM)),
    "an item's name": heif(tile(name=WORD)),
    "a description": heif(tile(properties=[*tile().properties, full_box(b"udes", WORD + b"\0")])),
    "in the list of boxes": phone(in_meta=box(b"free", WORD)),
    "in the data, of no item": phone(behind=box(b"mdat", WORD)),
    "behind all boxes": sample("heic") + WORD,
    "in a brand": heif(tile(), brands=b"mif1CANARY.."),
}
AVIFS = {
    "EXIF": encoded(picture(), "avif", exif=full_exif()),
    "XMP": encoded(picture(), "avif", xmp=WORD),
    "C2PA": sample("avif") + box(b"uuid", bytes(16) + WORD),
    "a film": sample("avif") + box(b"mpvd", FILM),
    "an item's name": heif(tile("avif", name=WORD), brand=b"avif"),
    "behind all boxes": sample("avif") + WORD,
}
FILES = {
    f"{kind}: {field}": data
    for kind, fields in {
        "JPEG": JPEGS, "PNG": PNGS, "GIF": GIFS, "WebP": WEBPS, "HEIC": HEICS, "AVIF": AVIFS
    }.items()
    for field, data in fields.items()
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("data", FILES.values(), ids=FILES)
def test_no_word_of_a_file_is_published(data: bytes) -> None:
    assert WORD in data

    processed = process(data)

    for published in (processed.original, processed.thumbnail.data, processed.preview.data):
        assert WORD not in published
    sent = shown(data, processed.frames)
    assert sent in ([], decoded(processed.original))


def shown(data: bytes, frames: int) -> list[bytes]:
    """The pixels that are published of a file, as it was sent; none where Pillow wants to decode its other pictures."""
    try:
        with Image.open(BytesIO(data)) as image:
            return decoded(data) if frames > 1 else [image.convert("RGBA").tobytes()]
    except (EOFError, UnidentifiedImageError):
        return []


OTHER_KINDS: dict[str, Callable[[bytes], bytes]] = {
    "an archive behind": lambda data: data + b"PK\x03\x04" + bytes(26) + b"PK\x05\x06" + bytes(18),
    "a page behind": lambda data: data + b"<html><script>alert(1)</script>",
    "a document behind": lambda data: data + b"%PDF-1.7\n1 0 obj",
    "a program behind": lambda data: data + b"#!/bin/sh\n<?php system($_GET[0]);",
}
MARKS = (b"PK\x03\x04", b"PK\x05\x06", b"<script", b"%PDF", b"<?php", b"#!/bin/sh")
WITHIN = {
    "JPEG with a page": jpeg_with(0xFE, b"--><script>alert(1)</script>"),
    "JPEG with PHP in EXIF": jpeg_with(0xE1, b"Exif\0\0<?php system($_GET[0]);"),
    "JPEG with a document early": jpeg_with(0xE0, b"%PDF-1.7"),
    "PNG with PHP": with_chunks(PNG, chunk(b"tEXt", b"a\0<?php system($_GET[0]);")),
    "PNG with a page early": with_chunks(PNG, chunk(b"prVt", b"<script>alert(1)</script>")),
    "GIF with a script": gif_with(b"!\xfe" + sub_block(b"*/=1;<script>alert(1)//") + b"\0"),
    "WebP with an archive": riff(*riff_chunks(sample("webp")), (b"prVt", b"PK\x03\x04" + bytes(26))),
    "HEIC with a page": phone(in_meta=box(b"free", b"<script>alert(1)</script>")),
}
POLYGLOTS = WITHIN | {
    f"{kind} with {what}": change(sample(kind))
    for kind in ("jpeg", "png", "gif", "webp", "avif", "heic")
    for what, change in OTHER_KINDS.items()
}


@pytest.mark.slow
@pytest.mark.parametrize("data", POLYGLOTS.values(), ids=POLYGLOTS)
def test_a_file_that_is_two_things_is_published_as_a_picture_alone(data: bytes) -> None:
    assert any(mark in data for mark in MARKS)
    original = process(data).original
    assert not any(mark in original for mark in MARKS)
    assert decoded(original) == decoded(data)


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n" + JPEG,
        b"#!/bin/sh\n" + PNG,
        b"<html>" + GIF,
        b"PK\x03\x04" + sample("webp"),
        b"\n" + JPEG,
    ],
)
def test_a_picture_behind_something_else_is_none(data: bytes) -> None:
    with pytest.raises(Exception, match="not_an_image"):
        process(data)


def test_a_chunk_of_another_length_than_its_numbers_need_is_left_out() -> None:
    """Decoders take no word from it either."""
    short = [with_chunks(PNG, chunk(name, bytes(length - 1))) for name, length in BODIES.items()]
    assert {process(data).original for data in short} == {process(PNG).original}


def test_a_profile_that_nobody_can_inflate_is_left_out() -> None:
    for body in (
        b"icc\0\0nonsense",
        b"icc\0\1" + zlib.compress(SRGB),
        b"icc",
        b"icc\0\0" + zlib.compress(SRGB)[:-9],
    ):
        assert process(with_chunks(PNG, chunk(b"iCCP", body))).original == process(PNG).original
    assert opened(process(with_chunks(PNG, iccp(WORD))).original).info["icc_profile"] == SRGB

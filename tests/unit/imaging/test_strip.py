"""What leaves the original, what stays, and that the pixels never change."""

import struct
from io import BytesIO

import pytest
from PIL import Image, ImageCms

from tests.unit.imaging.samples import (
    FORMATS,
    animation,
    chunk,
    decoded,
    encoded,
    exif,
    frames_of,
    opened,
    picture,
    riff,
    riff_chunks,
    sample,
    segment,
    text_chunks,
    with_chunks,
    with_segments,
)
from worker.imaging import process
from worker.imaging.isobmff.boxes import box

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def loaded_with_secrets(kind: str) -> bytes:
    image, xmp = picture(), b"<x>SECRET-XMP</x>"
    if kind == "jpeg":
        thumbnail = b"JFIF\0\1\1\0\0\1\0\1" + b"\x02\x02" + b"SECRETTHUMB!"
        data = encoded(image, "jpeg", exif=exif(), comment=b"SECRET-COMMENT", xmp=xmp)
        extra = (
            segment(0xE0, thumbnail),
            segment(0xED, b"Photoshop 3.0\0SECRET-IPTC"),
            segment(0xE2, b"FPXR\0SECRET"),
        )
        return with_segments(data, *extra)
    if kind == "png":
        data = encoded(image, "png", exif=exif(), pnginfo=text_chunks())
        return with_chunks(data, chunk(b"tIME", b"SECRET!"), chunk(b"prVt", b"SECRET"))
    if kind == "avif":
        return encoded(image, "avif", exif=exif(), xmp=xmp, icc_profile=SRGB) + box(b"uuid", b"SECRET" * 9)
    if kind == "heic":
        data = encoded(image, "heic", exif=exif(), xmp=xmp, icc_profile=SRGB, thumbnails=[32])
        return data + box(b"free", b"SECRET") + b"SECRET behind all boxes"
    if kind == "webp":
        return encoded(image, "webp", exif=exif(), xmp=xmp, icc_profile=SRGB)
    data = encoded(image, "gif", comment=b"SECRET-COMMENT")
    note = b"!\xff\x0bXMP DataXMP\x06SECRET\0" + b"!\x01\x0cSECRET-TEXT!\x06SECRET\0"
    return data[:-1] + note + b";"


@pytest.mark.parametrize("kind", FORMATS)
def test_metadata_leaves_the_original_and_never_reaches_a_rendition(kind: str) -> None:
    data = loaded_with_secrets(kind)
    assert b"SECRET" in data

    processed = process(data)

    for body in (processed.original, processed.thumbnail.data, processed.preview.data):
        assert b"SECRET" not in body
        info = {key for key, value in opened(body).info.items() if value}
        assert not info & {"exif", "xmp", "comment", "photoshop", "mp", "Author"}


@pytest.mark.parametrize("kind", FORMATS)
def test_stripping_does_not_touch_pixels(kind: str) -> None:
    data = loaded_with_secrets(kind)
    assert decoded(process(data).original) == decoded(data)


@pytest.mark.parametrize("kind", ["gif", "webp", "png"])
def test_stripping_keeps_every_frame_of_an_animation_and_its_loop(kind: str) -> None:
    data = animation(kind, frames=4, loop=3)
    processed = process(data)
    assert processed.frames == frames_of(processed.original) == 4
    assert decoded(processed.original) == decoded(data)
    assert opened(processed.original).info["loop"] == 3


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("CMYK", "jpeg"), ("L", "jpeg"), ("LA", "png"), ("1", "png"), ("RGBA", "webp"), ("P", "png")],
)
def test_stripping_keeps_pixels_of_other_colour_modes(mode: str, kind: str) -> None:
    data = encoded(picture().convert(mode), kind)
    assert decoded(process(data).original) == decoded(data)


def test_an_rgb_jpeg_keeps_the_marker_that_says_so() -> None:
    data = encoded(picture(), "jpeg", keep_rgb=True)
    assert decoded(process(data).original) == decoded(data)


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "avif", "heic"])
def test_the_original_keeps_its_colour_profile(kind: str) -> None:
    data = encoded(picture(), kind, icc_profile=SRGB)
    assert opened(process(data).original).info["icc_profile"] == SRGB


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "avif"])
def test_the_original_keeps_its_orientation_and_no_other_exif(kind: str) -> None:
    original = process(encoded(picture(), kind, exif=exif(6))).original
    assert dict(opened(original).getexif()) == {0x0112: 6}


def test_stripping_twice_changes_nothing_more() -> None:
    for kind in FORMATS:
        once = process(loaded_with_secrets(kind))
        assert process(once.original) == once


def test_secrets_inside_webp_frames_leave_too() -> None:
    chunks = riff_chunks(animation("webp"))
    spiked = [
        (name, body + (b"NOTE" + struct.pack("<I", 6) + b"SECRET" if name == b"ANMF" else b""))
        for name, body in chunks
    ]
    data = riff(*spiked)
    processed = process(data)
    assert b"SECRET" in data
    assert b"SECRET" not in processed.original
    assert decoded(processed.original) == decoded(data)


def test_a_still_png_loses_leftovers_of_an_animation() -> None:
    data = with_chunks(sample("png"), chunk(b"fdAT", b"\0\0\0\1SECRET"))
    assert process(data).original == process(sample("png")).original


def test_two_photos_in_one_file_become_one() -> None:
    both = BytesIO()
    picture().save(both, "MPO", save_all=True, append_images=[Image.new("RGB", (8, 8), "blue")])

    original = process(both.getvalue()).original

    assert opened(original).format == "JPEG"
    assert original.count(b"\xff\xd9") == 1

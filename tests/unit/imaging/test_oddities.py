"""Files that break a rule which every viewer forgives: they are accepted, and damage in them is not."""

import random

import pytest
import simplejpeg  # type: ignore[import-untyped]  # it ships a stub but no py.typed
from PIL import Image, ImageCms

from tests.unit.imaging.odd_jpegs import UNUSUAL, Factors, sampled
from tests.unit.imaging.samples import (
    animation,
    decoded,
    encoded,
    opened,
    picture,
    reason,
    riff,
    riff_chunks,
    sample,
    segment,
    with_segments,
)
from worker.imaging import Limits, process
from worker.imaging.decoders import libjpeg
from worker.imaging.formats import webp

pytestmark = pytest.mark.slow

Sampling = tuple[Factors, Factors, Factors]
unusual = pytest.mark.parametrize("factors", UNUSUAL.values(), ids=UNUSUAL)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
JPEG = sample("jpeg")
SCAN = JPEG.index(b"\xff\xda")
BARE = JPEG[:2] + JPEG[20:]  # without JFIF: then decoders ask Adobe's segment for the colours
PADDED = 9  # bytes; libjpeg overlooks up to four


def icc(number: int, count: int, body: bytes) -> bytes:
    return segment(0xE2, b"ICC_PROFILE\0" + bytes((number, count)) + body)


def adobe(transform: int) -> bytes:
    return segment(0xEE, b"Adobe\0d\0\0\0\0" + bytes((transform,)))


def cmyk(transform: int) -> bytes:
    data = encoded(picture().convert("CMYK"), "jpeg")
    at = data.index(b"Adobe") + 11
    return data[:at] + bytes((transform,)) + data[at + 1 :]


@unusual
def test_a_jpeg_of_unusual_sampling_is_published_as_it_was_sent(factors: Sampling) -> None:
    data = sampled(factors)

    processed = process(data)

    assert (processed.width, processed.height) == (processed.preview.width, processed.preview.height)
    assert processed.original == data
    assert decoded(processed.original) == decoded(data)


@unusual
def test_a_large_one_gets_a_preview_like_any_other(factors: Sampling) -> None:
    processed = process(sampled(factors, width=3300, height=40))
    assert 1600 <= processed.preview.width <= 2600


@unusual
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_cut_and_closed_again_it_is_corrupt(factors: Sampling, part: float) -> None:
    data = sampled(factors)
    scan = data.index(b"\xff\xda") + 14
    cut = data[: scan + int((len(data) - scan) * part)].rstrip(b"\xff") + b"\xff\xd9"
    opened(cut)  # Pillow alone sees nothing
    assert reason(cut) == "corrupt"


@unusual
def test_with_zeroed_or_dropped_blocks_it_is_corrupt(factors: Sampling) -> None:
    data = sampled(factors)
    at = len(data) * 3 // 4
    for damaged in (data[:at] + bytes(64) + data[at + 64 :], data[:at] + data[at + 64 :]):
        opened(damaged)  # Pillow alone sees nothing
        assert reason(damaged) == "corrupt"


def test_libjpeg_warns_of_exactly_what_the_strict_decode_refuses() -> None:
    chance = random.Random(5)  # noqa: S311 -- no secret
    verdicts = set()
    for _ in range(200):
        damaged = bytearray(JPEG)
        damaged[chance.randrange(SCAN + 14, len(JPEG) - 2)] = chance.randrange(256)
        try:
            opened(bytes(damaged))
        except OSError:
            continue  # libjpeg alone would end the process
        strict = True
        try:
            simplejpeg.decode_jpeg(bytes(damaged), strict=True)
        except ValueError:
            strict = False
        assert (libjpeg.warnings(bytes(damaged), 4 * 96 * 64) == 0) is strict
        verdicts.add(strict)
    assert verdicts == {True, False}


@pytest.mark.slow
@pytest.mark.parametrize("progressive", [False, True])
def test_nothing_is_forgiven_inside_the_coded_pixels(progressive: bool) -> None:
    chance = random.Random(7)  # noqa: S311 -- no secret
    data = encoded(picture(), "jpeg", progressive=progressive)
    verdicts = set()
    for _ in range(150):
        damaged = bytearray(data)
        damaged[chance.randrange(data.index(b"\xff\xda"), len(data) - 2)] = chance.randrange(256)
        verdicts.add(verdict := reason(bytes(damaged)))
        if verdict == "processed":
            simplejpeg.decode_jpeg(bytes(damaged), strict=True)  # raises for the least warning
    assert {"processed", "corrupt"} <= verdicts


@pytest.mark.slow
def test_a_file_with_too_many_coefficients_for_the_memory_is_too_expensive() -> None:
    data = sampled(UNUSUAL["3x1"], width=2400, height=2400)
    assert reason(data, Limits(memory_bytes=20_000_000)) == "too_expensive"


@pytest.mark.parametrize(
    ("factors", "verdict"),
    [
        (((3, 1), (2, 1), (1, 1)), "unsupported_type"),
        (((0, 1), (1, 1), (1, 1)), "corrupt"),
        (((5, 1), (1, 1), (1, 1)), "corrupt"),
    ],
)
def test_sampling_that_no_viewer_can_show_is_refused_by_its_header(factors: Sampling, verdict: str) -> None:
    data = bytearray(sampled(UNUSUAL["3x1"]))
    at = data.index(b"\xff\xc0") + 11
    data[at : at + 9 : 3] = bytes(across << 4 | down for across, down in factors)
    assert reason(bytes(data)) == verdict


@pytest.mark.parametrize("stray", [b"\0", b"stray bytes", b"a\xff\0b", b"\xff\xd0"])
@pytest.mark.parametrize("at", [20, SCAN], ids=["behind JFIF", "before the scan"])
def test_stray_bytes_between_segments_are_left_out(at: int, stray: bytes) -> None:
    assert process(JPEG[:at] + stray + JPEG[at:]).original == process(JPEG).original


def test_stray_bytes_between_scans_can_be_a_lost_scan() -> None:
    data = encoded(picture(), "jpeg", progressive=True)
    lost = data.rindex(b"\xff\xda")
    damaged = data[:lost] + b"\0" + data[lost + 1 :]
    opened(damaged)  # Pillow alone sees nothing
    assert reason(damaged) == "corrupt"


@pytest.mark.parametrize("progressive", [False, True])
def test_zeros_behind_the_pixels_are_padding(progressive: bool) -> None:
    data = encoded(picture(), "jpeg", progressive=progressive)
    padded = data[:-2] + bytes(PADDED) + data[-2:]
    assert decoded(process(padded).original) == decoded(data)


def test_padding_is_forgiven_with_unusual_sampling_too() -> None:
    data = sampled(UNUSUAL["3x1"])
    assert reason(data[:-2] + bytes(PADDED) + data[-2:]) == "processed"


def test_other_bytes_behind_the_pixels_can_be_lost_pixels() -> None:
    assert reason(JPEG[:-2] + b"x" * PADDED + JPEG[-2:]) == "corrupt"


@pytest.mark.parametrize("zeros", [8, 40, 400])
@pytest.mark.parametrize("factors", [((1, 1), (1, 1), (1, 1)), UNUSUAL["3x1"]], ids=["1x1", "3x1"])
def test_zeros_in_place_of_the_last_pixels_are_no_padding(factors: Sampling, zeros: int) -> None:
    data = sampled(factors)
    assert reason(data[: -2 - zeros] + bytes(zeros) + data[-2:]) == "corrupt"


@pytest.mark.parametrize(
    ("data", "as_if"),
    [(BARE[:2] + adobe(7) + BARE[2:], BARE), (cmyk(9), cmyk(2))],
    ids=["three components", "four components"],
)
def test_an_unknown_adobe_transform_is_taken_as_decoders_take_it(data: bytes, as_if: bytes) -> None:
    published = process(data)
    assert decoded(published.original) == decoded(data)
    assert decoded(published.preview.data) == decoded(process(as_if).preview.data)


@pytest.mark.parametrize(
    "data",
    [
        JPEG[:SCAN] + icc(1, 2, SRGB[:200]) + JPEG[SCAN:-2] + icc(2, 2, SRGB[200:]) + JPEG[-2:],
        with_segments(JPEG, icc(2, 2, SRGB)),
        with_segments(JPEG, icc(1, 1, SRGB), icc(1, 1, SRGB)),
        with_segments(JPEG, icc(0, 0, SRGB)),
        with_segments(JPEG, icc(1, 1, b"")),
        JPEG[:-2] + icc(1, 1, SRGB) + JPEG[-2:],
    ],
    ids=["half of it late", "half of it", "twice", "number 0", "empty", "late"],
)
def test_a_profile_that_no_decoder_would_use_is_left_out(data: bytes) -> None:
    assert process(data).original == process(JPEG).original


def test_a_profile_just_before_the_scan_is_kept() -> None:
    assert SRGB in process(JPEG[:SCAN] + icc(1, 1, SRGB) + JPEG[SCAN:]).original


@pytest.mark.parametrize("whole", [sample("gif"), animation("gif")], ids=["still", "animation"])
@pytest.mark.parametrize("rest", [b"", b"!\xf9\x04\0\0\0\0\0", b"!\xfe\x02ab\0"])
def test_a_gif_may_lack_its_end_mark(whole: bytes, rest: bytes) -> None:
    processed = process(whole[:-1] + rest)
    assert decoded(processed.original) == decoded(whole)


@pytest.mark.parametrize("whole", [sample("gif"), animation("gif")], ids=["still", "animation"])
@pytest.mark.parametrize("missing", [2, 3, 20])
def test_a_gif_whose_last_frame_is_not_whole_is_truncated(whole: bytes, missing: int) -> None:
    assert reason(whole[:-missing]) == "truncated"


def test_a_gif_without_a_frame_is_truncated() -> None:
    data = sample("gif")
    assert reason(data[: data.index(b",")]) == "truncated"


def test_a_simple_webp_is_its_first_chunk_alone() -> None:
    data = sample("webp")
    ((name, body),) = riff_chunks(data)
    behind = riff((name, body), (name, body), (b"VP8X", bytes(10)))
    assert process(behind).original == data


def test_the_byte_that_pads_a_webp_s_pixels_stays_as_decoders_may_read_it() -> None:
    ((name, body),) = riff_chunks(encoded(picture(), "webp", lossless=True))
    body = body[: len(body) // 2 * 2]
    padded_with_pixels = riff((name, body[:-1]))[:-1] + body[-1:]
    assert body[-1]
    assert webp.read(padded_with_pixels, Limits()).stripped == padded_with_pixels


def test_what_stands_between_a_webp_s_transparency_and_its_pixels_breaks_it() -> None:
    image = picture().convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    chunks = riff_chunks(encoded(image, "webp"))
    at = [name for name, _ in chunks].index(b"VP8 ")
    parted = riff(*chunks[:at], (b"EXIF", b"note"), *chunks[at:])
    with pytest.raises(OSError, match="decoder"):
        opened(parted)
    assert reason(parted) == "corrupt"

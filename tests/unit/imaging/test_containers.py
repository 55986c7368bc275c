"""Files that are refused, or measured, by a walk over their container."""

import struct

import pytest

from shared.domain.refusals import Rejected
from tests.unit.imaging.samples import (
    FORMATS,
    animation,
    bare_png,
    chunk,
    encoded,
    exif,
    huge_webp,
    many_gif_frames,
    many_scans,
    picture,
    reason,
    riff,
    riff_chunks,
    sample,
    segment,
    with_chunks,
    with_segments,
)
from worker.imaging import Limits, process
from worker.imaging.exif import minimal, orientation
from worker.imaging.formats import avif, gif, heic, jpeg, png, webp

PNG_END_BYTES = 12  # which viewers forgive


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("part", [0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_a_file_cut_anywhere_is_called_truncated(kind: str, part: float) -> None:
    data = sample(kind)
    whole = len(data) - (PNG_END_BYTES if kind == "png" else 0)
    assert reason(data[: max(16, int(whole * part))]) == "truncated"


@pytest.mark.parametrize(
    "kind", [kind for kind in FORMATS if kind not in ("gif", "png")]
)  # there it is the end mark
def test_a_file_that_lacks_only_its_last_byte_is_truncated(kind: str) -> None:
    assert reason(sample(kind)[:-1]) == "truncated"


@pytest.mark.parametrize("kind", FORMATS)
def test_bytes_behind_the_end_are_cut_off(kind: str) -> None:
    data = sample(kind)
    assert process(data + b"SECRET" * 99).original == process(data).original


def test_a_jpeg_of_three_thousand_scans_is_refused_before_decoding() -> None:
    assert reason(many_scans(3000)) == "too_many_scans"


def test_a_progressive_jpeg_has_scans_enough_to_spare() -> None:
    assert reason(encoded(picture(), "jpeg", progressive=True), Limits(max_scans=12)) == "processed"


def test_a_png_of_half_a_million_chunks_is_refused_early() -> None:
    crumbs = chunk(b"tEXt", b"a\0b") * 500_000
    assert reason(with_chunks(sample("png"), crumbs)) == "too_many_chunks"


def test_a_jpeg_of_very_many_segments_is_refused() -> None:
    assert reason(with_segments(sample("jpeg"), segment(0xFE, b"") * 20_001)) == "too_many_chunks"


def test_a_webp_of_very_many_chunks_is_refused() -> None:
    still = riff_chunks(encoded(picture(), "webp", exif=exif(6)))
    assert reason(riff(*still, *[(b"JUNK", b"")] * 20_001)) == "too_many_chunks"


def test_a_gif_made_of_crumbs_is_refused() -> None:
    data = sample("gif")
    assert reason(data[:-1] + b"!\xfe" + b"\x01a" * 20_001 + b"\0;") == "too_many_chunks"


def test_a_gif_of_thousands_of_frames_is_refused() -> None:
    assert reason(many_gif_frames(5000)) == "too_many_frames"


@pytest.mark.parametrize("kind", ["webp", "png"])
def test_animations_of_too_many_frames_are_refused(kind: str) -> None:
    data = animation(kind, frames=6)
    assert reason(data, Limits(max_frames=5)) == "too_many_frames"
    assert reason(data, Limits(max_frames=6)) == "processed"


@pytest.mark.parametrize("kind", ["gif", "webp", "png"])
def test_the_pixels_of_all_frames_together_are_bounded(kind: str) -> None:
    data = animation(kind, frames=6)
    assert reason(data, Limits(max_animation_pixels=6 * 24 * 16 - 1)) == "too_many_frames"
    assert reason(data, Limits(max_animation_pixels=6 * 24 * 16)) == "processed"


@pytest.mark.parametrize("kind", FORMATS)
def test_pixels_and_sides_are_bounded_in_every_format(kind: str) -> None:
    data = sample(kind)  # 96 × 64
    assert reason(data, Limits(max_pixels=96 * 64 - 1)) == "too_many_pixels"
    assert reason(data, Limits(max_side=95)) == "side_too_long"
    assert reason(data, Limits(max_pixels=96 * 64, max_side=96)) == "processed"


def test_a_png_bomb_is_refused_by_its_header() -> None:
    assert reason(bare_png(30_000, 30_000, 1, 0, bytes(3751 * 100))) == "too_many_pixels"


def test_a_webp_of_34_bytes_and_40_megapixels_is_refused() -> None:
    data = huge_webp(6300, 6300)
    assert len(data) == 34
    assert reason(data) == "too_expensive"


def test_a_gif_frame_far_outside_the_screen_is_refused() -> None:
    data = many_gif_frames(2)
    place = data.rindex(b",")
    assert (
        reason(data[: place + 1] + struct.pack("<HH", 60_000, 60_000) + data[place + 5 :])
        == "too_many_pixels"
    )


@pytest.mark.parametrize(("marker", "precision"), [(0xC3, 8), (0xC9, 8), (0xC0, 12)])
def test_jpegs_that_browsers_cannot_show_are_unsupported(marker: int, precision: int) -> None:
    data = sample("jpeg")
    at = data.index(b"\xff\xc0")
    changed = data[: at + 1] + bytes((marker,)) + data[at + 2 : at + 4] + bytes((precision,)) + data[at + 5 :]
    assert reason(changed) == "unsupported_type"


def test_a_png_with_a_wrong_checksum_is_corrupt() -> None:
    data = bytearray(with_chunks(sample("png"), chunk(b"gAMA", struct.pack(">I", 45455))))
    data[41] ^= 1
    with pytest.raises(Rejected, match="corrupt"):
        png.read(bytes(data), Limits())


@pytest.mark.parametrize("value", range(1, 9))
def test_orientation_survives_its_own_minimal_exif(value: int) -> None:
    assert orientation(minimal(value)) == value


@pytest.mark.parametrize(
    "tiff", [b"", b"II*\0", b"MM\0*\xff\xff\xff\xff", b"II*\0\x08\0\0\0\xff\xff\x12\x01", minimal(9)]
)
def test_unreadable_exif_means_upright(tiff: bytes) -> None:
    assert orientation(tiff) == 1


def test_facts_are_known_without_decoding() -> None:
    limits = Limits()
    for read, data, frames in (
        (jpeg.read, encoded(picture(), "jpeg", exif=exif(6)), 1),
        (png.read, encoded(picture(), "png"), 1),
        (webp.read, encoded(picture(), "webp", lossless=True), 1),
        (gif.read, encoded(picture(), "gif"), 1),
        (avif.read, encoded(picture(), "avif", exif=exif(6)), 1),
        (heic.read, encoded(picture(), "heic"), 1),
    ):
        facts = read(data, limits)
        assert (facts.width, facts.height, facts.frames) == (96, 64, frames)

"""Damage inside an intact container, which lenient decoders let pass."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.refusals import Refusal
from tests.support_slice import THOROUGH
from tests.unit.imaging.samples import (
    FORMATS,
    animation,
    bare_png,
    chunk,
    encoded,
    exif,
    opened,
    picture,
    reason,
    riff,
    riff_chunks,
    sample,
)
from worker.imaging import Limits

BIG_JPEG = encoded(picture(640, 480), "jpeg")
SEEDS = [
    *(sample(kind) for kind in FORMATS),
    *(animation(kind) for kind in ("png", "webp", "gif")),
    encoded(picture(), "jpeg", progressive=True, exif=exif(6)),
    encoded(picture().convert("CMYK"), "jpeg"),
    encoded(picture().convert("RGBA"), "webp", lossless=True, exif=exif(3)),
    encoded(picture().convert("RGBA"), "avif", exif=exif(5)),
    encoded(picture(), "heic", exif=exif(8), tile_size=64),
]


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_a_jpeg_cut_and_closed_again_is_corrupt(part: float, progressive: bool) -> None:
    data = encoded(picture(640, 480), "jpeg", progressive=progressive)
    cut = data[: int(len(data) * part)].rstrip(b"\xff") + b"\xff\xd9"
    opened(cut)  # Pillow alone sees nothing
    assert reason(cut) == "corrupt"


@pytest.mark.parametrize("start", [0.3, 0.5, 0.8])
def test_a_jpeg_with_zeroed_blocks_is_corrupt(start: float) -> None:
    at = int(len(BIG_JPEG) * start)
    holed = BIG_JPEG[:at] + bytes(512) + BIG_JPEG[at + 512 :]
    opened(holed)
    assert reason(holed) == "corrupt"


def test_a_jpeg_with_a_dropped_block_is_corrupt() -> None:
    at = len(BIG_JPEG) // 2
    dropped = BIG_JPEG[:at] + BIG_JPEG[at + 2048 :]
    opened(dropped)
    assert reason(dropped) == "corrupt"


def test_damage_in_a_cmyk_jpeg_is_found_too() -> None:
    data = encoded(picture(320, 240).convert("CMYK"), "jpeg")
    assert reason(data[: len(data) // 2].rstrip(b"\xff") + b"\xff\xd9") == "corrupt"


@pytest.mark.parametrize(("rows", "verdict"), [(32, "corrupt"), (63, "corrupt"), (64, "processed")])
def test_a_png_whose_pixel_data_lacks_rows_is_corrupt(rows: int, verdict: str) -> None:
    data = bare_png(64, 64, 8, 0, (b"\0" + b"\x80" * 64) * rows)
    opened(data)
    assert reason(data) == verdict


@pytest.mark.parametrize("depth", [1, 8])
def test_an_interlaced_png_lacks_no_rows_either(depth: int) -> None:
    sizes = [(2, 2), (1, 2), (3, 1), (2, 3), (5, 2), (4, 5), (9, 4)]  # of the seven passes over 9 × 9 pixels
    lines = [b"\0" + b"\xa5" * -(-columns * depth // 8) for columns, rows in sizes for _ in range(rows)]
    assert reason(bare_png(9, 9, depth, 0, b"".join(lines), interlaced=True)) == "processed"
    assert reason(bare_png(9, 9, depth, 0, b"".join(lines[:-1]), interlaced=True)) == "corrupt"


def test_a_png_whose_pixel_data_is_no_zlib_stream_is_corrupt() -> None:
    data = bare_png(64, 64, 8, 0, bytes(65 * 64))
    start = data.index(b"IDAT") - 4
    assert reason(data[:start] + chunk(b"IDAT", b"\x78\x9cnonsense") + chunk(b"IEND", b"")) == "corrupt"


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_damage_in_the_last_frame_is_found(kind: str) -> None:
    assert reason(_last_frame_broken(kind)) == "corrupt"


def _last_frame_broken(kind: str) -> bytes:
    data = animation(kind)
    if kind == "gif":
        start = data.rindex(b",\0\0\0\0\x18\0\x10\0")
        start += 10 + 3 * 2 ** (1 + (data[start + 9] & 7))
        return data[:start] + b"\x08\x02\xff\xff\0;"
    if kind == "png":
        at = data.rindex(b"fdAT") - 4
        return data[:at] + chunk(b"fdAT", data[at + 8 : at + 12] + b"nonsense") + chunk(b"IEND", b"")
    *chunks, (name, body) = riff_chunks(data)
    assert name == b"ANMF"
    return riff(*chunks, (name, body[:24] + body[24:34] + b"\xff" * len(body[34:])))


def test_a_webp_whose_canvas_and_image_differ_is_corrupt() -> None:
    extended = riff_chunks(encoded(picture(), "webp", exif=exif(6)))
    canvas = extended[0][1][:4] + (99).to_bytes(3, "little") + extended[0][1][7:]
    assert reason(riff((b"VP8X", canvas), *extended[1:])) == "corrupt"


def test_a_webp_cut_inside_a_well_formed_container_is_corrupt() -> None:
    ((name, body),) = riff_chunks(sample("webp"))
    assert reason(riff((name, body[: len(body) // 2]))) == "corrupt"


@st.composite
def mutilated(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 6))):
        data[draw(st.integers(0, len(data) - 1))] ^= draw(st.integers(1, 255))
    start = draw(st.integers(0, len(data)))
    end = draw(st.integers(start, min(len(data), start + 40)))
    cut, moved = draw(st.booleans()), bytes(data[start:end])
    if cut:
        del data[start:end]
    else:
        data[start:start] = moved
    return bytes(data)


@pytest.mark.slow
@settings(max_examples=400 if THOROUGH else 150, derandomize=True, deadline=None, database=None)
@given(mutilated())
def test_any_mutilated_file_is_either_processed_or_rejected(data: bytes) -> None:
    assert reason(data, Limits(max_pixels=1_000_000)) in {"processed", *Refusal}


@settings(max_examples=100, derandomize=True, deadline=None, database=None)
@given(
    st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x40\0\0\0WEBP", b"GIF89a"]),
    st.binary(max_size=64),
)
def test_noise_behind_a_right_beginning_is_rejected(magic: bytes, noise: bytes) -> None:
    assert reason(magic + noise) in set(Refusal)


def test_a_wrong_length_field_is_never_trusted() -> None:
    assert reason(b"\xff\xd8\xff\xe0\x00\x01") == "corrupt"
    assert reason(b"\x89PNG\r\n\x1a\n" + struct.pack(">I4s", 0xFFFFFFFF, b"IHDR")) == "corrupt"
    assert reason(b"RIFF\xff\xff\xff\xffWEBP") == "truncated"

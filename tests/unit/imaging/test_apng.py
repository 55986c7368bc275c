"""A PNG whose animation breaks its rules is published as the picture that it is without one."""

import struct
from collections.abc import Callable

import pytest

from tests.unit.imaging.samples import animation, chunk, decoded, encoded, frames_of, picture, reason
from worker.imaging import Limits, process

Chunks = list[tuple[bytes, bytes]]
WHOLE = animation("png", frames=3)


def chunks_of(png: bytes) -> Chunks:
    found, at = [], 8
    while at < len(png):
        length, name = struct.unpack_from(">I4s", png, at)
        found.append((name, png[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def built(chunks: Chunks) -> bytes:
    return WHOLE[:8] + b"".join(chunk(*one) for one in chunks)


def changed(name: bytes, which: int, change: Callable[[bytes], bytes]) -> bytes:
    """The animation with its `which`-th chunk of a name otherwise."""
    chunks = chunks_of(WHOLE)
    at = [n for n, one in enumerate(chunks) if one[0] == name][which]
    chunks[at] = name, change(chunks[at][1])
    return built(chunks)


def without(name: bytes, which: int) -> bytes:
    chunks = chunks_of(WHOLE)
    del chunks[[n for n, one in enumerate(chunks) if one[0] == name][which]]
    return built(chunks)


def number(value: int) -> bytes:
    return struct.pack(">I", value)


BROKEN = {
    "other frames than announced": changed(b"acTL", 0, lambda body: number(4) + body[4:]),
    "no frames announced": changed(b"acTL", 0, lambda body: number(0) + body[4:]),
    "not announced": without(b"acTL", 0),
    "a gap in the numbers": changed(b"fcTL", 1, lambda body: number(9) + body[4:]),
    "a frame beside the canvas": changed(b"fcTL", 2, lambda body: body[:12] + number(500) + body[16:]),
    "a frame of no pixels": changed(b"fcTL", 1, lambda body: body[:4] + number(0) + body[8:]),
    "a first frame smaller than the picture": changed(
        b"fcTL", 0, lambda body: body[:4] + number(1) + body[8:]
    ),
    "a control that is cut": changed(b"fcTL", 1, lambda body: body[:20]),
    "a frame without a control": without(b"fcTL", 2),
    "a frame without data": without(b"fdAT", 1),
    "data that nobody can inflate": changed(b"fdAT", 1, lambda body: body[:4] + b"nonsense"),
    "a cut last frame": WHOLE[:-30],
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_a_broken_animation_is_published_as_its_picture(data: bytes) -> None:
    processed = process(data)
    assert (processed.frames, frames_of(processed.original)) == (1, 1)
    assert decoded(processed.original) == decoded(WHOLE)[:1]
    assert not {b"acTL", b"fcTL", b"fdAT"} & dict(chunks_of(processed.original)).keys()


def test_a_whole_one_stays_an_animation() -> None:
    assert process(WHOLE).original == WHOLE
    apart = animation("png", default_image=True)
    assert decoded(process(apart).original) == decoded(apart)


def test_a_broken_picture_is_not_saved_by_its_animation() -> None:
    assert reason(changed(b"IDAT", 0, lambda _: b"nonsense")) == "corrupt"


def test_a_broken_animation_of_too_many_frames_is_refused_as_any_other() -> None:
    assert reason(BROKEN["a gap in the numbers"], Limits(max_frames=2)) == "too_many_frames"


END = chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "end", [b"", END[:4], END[:-1], b"\0" * 12, END[:6] + b"xx" + END[8:], b"junk" * 9], ids=repr
)
def test_a_png_may_lack_a_sound_end(end: bytes) -> None:
    still = built([one for one in chunks_of(WHOLE) if one[0] not in (b"acTL", b"fcTL", b"fdAT")])
    assert process(still[: -len(END)] + end).original == still


def test_a_png_that_ends_between_its_pixels_is_refused() -> None:
    data = animation("png", frames=1)
    chunks = chunks_of(data)
    (pixels,) = [body for name, body in chunks if name == b"IDAT"]
    half = built([one for one in chunks if one[0] == b"IHDR"]) + chunk(b"IDAT", pixels[: len(pixels) // 2])
    assert reason(half) == "corrupt"
    assert reason(half + END) == "corrupt"
    assert reason(half + number(len(pixels)) + b"IDAT" + pixels[:5]) == "truncated"


def test_a_palette_picture_without_its_palette_is_corrupt() -> None:
    chunks = chunks_of(encoded(picture().convert("P"), "png"))
    assert reason(built([one for one in chunks if one[0] != b"PLTE"])) == "corrupt"

"""The same picture is known again, smaller and encoded anew; others are told apart, and flat ones say nothing."""

import io
from dataclasses import replace
from itertools import combinations

import pytest
from PIL import Image, ImageDraw, ImageOps

from local.demo.pictures import picture
from local.drive.landscapes import SCENES, landscape
from shared.domain.fingerprints import (
    AS_GOOD_AS_THE_SAME,
    LOOKS_LIKE,
    bands,
    bands_to_look_up,
    distance,
)
from tests.support_slice import THOROUGH
from worker.imaging import process
from worker.imaging.look import fingerprint

pytestmark = pytest.mark.slow

PICTURES = 300 if THOROUGH else 150


def encoded(image: Image.Image, quality: int = 60, kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    image.save(out, kind, quality=quality)
    return out.getvalue()


def look(data: bytes) -> int:
    found = process(data).fingerprint
    assert found is not None
    return found


@pytest.mark.parametrize("number", range(len(SCENES)))
def test_the_same_photo_at_half_the_size_and_quality_60_is_known_again(number: int) -> None:
    data = landscape(number, 0.6)
    photo = Image.open(io.BytesIO(data))
    half = photo.resize((photo.width // 2, photo.height // 2))
    original = look(data)
    for again in (encoded(half), encoded(photo, 60), encoded(photo, kind="PNG")):
        assert distance(original, look(again)) <= AS_GOOD_AS_THE_SAME
    assert distance(original, look(encoded(half, 80, "WEBP"))) <= LOOKS_LIKE


def test_hundreds_of_different_pictures_are_told_apart() -> None:
    looks = []
    for number in range(PICTURES):
        drawn = picture(number, 10)
        small = replace(drawn, size=(drawn.size[0] // 6, drawn.size[1] // 6))
        looks.append(fingerprint(Image.open(io.BytesIO(small.draw())).convert("RGB")))
    known = [one for one in looks if one is not None]
    assert len(known) > 0.95 * PICTURES
    assert min(distance(one, other) for one, other in combinations(known, 2)) > LOOKS_LIKE


def test_a_picture_turned_over_is_another() -> None:
    photo = Image.open(io.BytesIO(landscape(1, 0.3))).convert("RGB")
    one, other = fingerprint(photo), fingerprint(ImageOps.mirror(photo))
    assert one is not None
    assert other is not None
    assert distance(one, other) > LOOKS_LIKE


def line_of_text() -> Image.Image:
    image = Image.new("RGB", (640, 480), "white")
    ImageDraw.Draw(image).text((40, 40), "nothing to see", fill="black")
    return image


FLAT = {
    "white": Image.new("RGB", (400, 300), "white"),
    "blue": Image.new("RGB", (400, 300), (20, 30, 200)),
    "a gradient": Image.linear_gradient("L").resize((400, 300)).convert("RGB"),
    "a vignette": Image.radial_gradient("L").resize((400, 300)).convert("RGB"),
    "grain": Image.effect_noise((400, 300), 8).convert("RGB"),
    "a line of text": line_of_text(),
    "nothing but transparency": Image.new("RGBA", (400, 300), (9, 9, 9, 0)),
    "one pixel": Image.new("RGB", (1, 1), "red"),
}


@pytest.mark.parametrize("image", FLAT.values(), ids=FLAT)
def test_flat_pictures_have_no_fingerprint(image: Image.Image) -> None:
    assert fingerprint(image) is None
    if image.mode == "RGB":
        assert process(encoded(image)).fingerprint is None


def test_whatever_looks_alike_shares_a_band_that_is_looked_up() -> None:
    one = look(landscape(1, 0.2))
    sought = set(bands_to_look_up(one))
    assert len(sought) == 4 * 17
    for bits in combinations(range(0, 64, 5), LOOKS_LIKE):
        other = one ^ sum(1 << bit for bit in bits)
        assert sought & set(bands(other))

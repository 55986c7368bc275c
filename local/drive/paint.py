"""Brushes for pictures that look like photographs from afar: light, ridges in haze, water, trees, stars.

Soft things (skies, glows, reflections) are made small and enlarged, which costs a twentieth and shows no difference;
only what has edges is drawn at full size. Everything follows from the numbers given: the same picture, the same bytes.
"""

import io
import math
import random
from functools import cache

from PIL import Image, ImageChops, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
Point = tuple[float, float]
SOFT = 8  # soft things are drawn at this part of the size
QUALITY = 85


def mix(one: Colour, other: Colour, part: float) -> Colour:
    """The colour between two, `part` (0 to 1) of the way."""
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
    return red, green, blue


def gradient(size: tuple[int, int], top: Colour, bottom: Colour) -> Image.Image:
    """From one colour to another, which is reached at the lower edge."""
    column = Image.new("RGB", (1, 64))
    column.putdata([mix(top, bottom, y / 63) for y in range(64)])
    return column.resize(size, Image.Resampling.BICUBIC)


def sky(size: tuple[int, int], top: Colour, bottom: Colour, sun: tuple[float, float, Colour]) -> Image.Image:
    """A sky that is at its lower colour at 60 % of the height, with a sun or moon and the light around it.

    The sun's place is in parts of width and height.
    """
    width, height = size
    small = Image.new("RGB", (width // SOFT, height // SOFT), bottom)
    small.paste(gradient((small.width, round(small.height * 0.6)), top, bottom), (0, 0))
    x, y, colour = sun
    for radius, share in ((0.62, 0.4), (0.24, 0.5)):
        small = glow(small, (x * small.width, y * small.height), small.height * radius, colour, share)
    image = small.resize(size, Image.Resampling.BILINEAR)
    disc(image, (x * width, y * height), height * 0.042, colour)
    return image


def glow(image: Image.Image, centre: Point, reach: float, colour: Colour, share: float) -> Image.Image:
    """The image lit around a point; `reach` in pixels, `share` is the light at the centre."""
    light = Image.new("RGB", image.size)
    lit = _falloff().resize((max(1, round(reach * 2)),) * 2, Image.Resampling.BILINEAR)
    corner = (round(centre[0] - reach), round(centre[1] - reach))
    light.paste(mix((0, 0, 0), colour, share), corner, lit)
    return ImageChops.screen(image, light)


@cache
def _falloff() -> Image.Image:
    """Light from a point: all of it in the middle, none at the rim, as a mask."""
    return Image.radial_gradient("L").point(lambda level: round(max(0.0, 1 - level / 181) ** 2 * 255))


def disc(image: Image.Image, centre: Point, radius: float, colour: Colour, alpha: int = 255) -> None:
    """A round spot with a smooth rim; `alpha` 0 to 255."""
    side = max(2, round(radius * 2))
    mask = _round().resize((side, side), Image.Resampling.BILINEAR)
    if alpha < 255:
        mask = mask.point(lambda level: level * alpha // 255)
    image.paste(colour, (round(centre[0] - radius), round(centre[1] - radius)), mask)


@cache
def _round() -> Image.Image:
    mask = Image.new("L", (512, 512))
    ImageDraw.Draw(mask).ellipse((2, 2, 509, 509), fill=255)
    return mask.resize((256, 256), Image.Resampling.BOX)


def stars(image: Image.Image, chance: random.Random, count: int = 220) -> None:
    """Points of light in the upper half."""
    draw = ImageDraw.Draw(image)
    for _ in range(count):
        x, y = chance.randrange(image.width), chance.randrange(image.height // 2)
        size, shade = chance.choice((1, 1, 2)), chance.randint(120, 255)
        draw.ellipse((x, y, x + size, y + size), fill=(shade, shade, shade))


def skyline(width: int, chance: random.Random, base: float, swing: float, waves: int = 13) -> list[Point]:
    """A ridge's upper edge from left to right; fewer waves are smoother, as dunes are."""
    kinds = [
        (chance.uniform(0.6, 1) / k**1.15, k * chance.uniform(0.7, 1.3), chance.uniform(0, 6.3))
        for k in range(1, waves + 1)
    ]
    step = max(4, width // 200)
    return [
        (x, base - swing * 0.55 * sum(a * math.sin(6.283 * f * x / width + p) for a, f, p in kinds))
        for x in range(0, width + step, step)
    ]


def ground(image: Image.Image, edge: list[Point], colour: Colour) -> None:
    """Everything below an edge."""
    corners = [(image.width, image.height), (0, image.height)]
    ImageDraw.Draw(image).polygon([*edge, *corners], fill=colour)


def firs(image: Image.Image, chance: random.Random, edge: list[Point], colour: Colour) -> None:
    """Trees on a third of an edge's points."""
    draw = ImageDraw.Draw(image)
    for x, y in chance.sample(edge, len(edge) // 3):
        tall = image.height * chance.uniform(0.03, 0.09)
        wide = 0.0
        for part in (0.0, 0.28, 0.52):
            wide = tall * (0.1 + 0.16 * part)
            top = y - tall * (1 - part)
            draw.polygon([(x, top), (x - wide, top + tall * 0.5), (x + wide, top + tall * 0.5)], fill=colour)
        draw.rectangle((x - wide / 6, y - tall * 0.2, x + wide / 6, y + tall * 0.1), fill=colour)


def mirror(image: Image.Image, shore: int, tint: Colour, depth: float = 0.22) -> None:
    """Water below the shore: what is above it, turned over, drawn out sideways and `depth` of the tint."""
    deep = image.height - shore
    above = image.crop((0, max(0, shore - deep), image.width, shore)).transpose(
        Image.Transpose.FLIP_TOP_BOTTOM
    )
    drawn = above.resize((image.width // 24, deep // 2), Image.Resampling.BOX, reducing_gap=1.0)
    drawn = Image.blend(drawn, Image.new("RGB", drawn.size, tint), depth)
    image.paste(drawn.resize((image.width, deep), Image.Resampling.BILINEAR), (0, shore))


def out_of_focus(small: Image.Image, size: tuple[int, int], blur: float) -> Image.Image:
    """A small image enlarged to a size, blurred by a radius in its own pixels."""
    return small.filter(ImageFilter.BoxBlur(blur)).resize(size, Image.Resampling.BILINEAR)


def jpeg(image: Image.Image, quality: int = QUALITY) -> bytes:
    """As a JPEG file."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()

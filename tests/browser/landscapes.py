"""Pictures that are pleasant to look at, drawn from a number: sky, sun, ridges in haze, sometimes a lake or trees."""

import io
import math
import random
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageFilter

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Scene:
    """What to draw, and what its uploader says about it."""

    caption: str
    licence: str
    size: tuple[int, int]
    sky: tuple[Colour, Colour]
    near: Colour
    sun: tuple[float, float, Colour]  # place as parts of width and height, colour
    lake: bool = False
    trees: bool = False
    stars: bool = False


SCENES = (
    Scene(
        "First light over the ridges #mountains #dawn",
        "cc-by",
        (1500, 1000),
        ((62, 84, 140), (255, 190, 140)),
        (32, 34, 60),
        (0.68, 0.5, (255, 236, 190)),
    ),
    Scene(
        "Still lake in the evening #lake #evening",
        "cc0",
        (1600, 1000),
        ((92, 70, 130), (255, 160, 120)),
        (48, 30, 62),
        (0.35, 0.48, (255, 220, 170)),
        lake=True,
    ),
    Scene(
        "Northern night #night #stars",
        "cc-by-nc",
        (1100, 1400),
        ((8, 12, 34), (40, 84, 110)),
        (4, 10, 20),
        (0.7, 0.2, (235, 240, 255)),
        trees=True,
        stars=True,
    ),
    Scene(
        "Desert heat #desert #dunes",
        "cc-by-sa",
        (1700, 1000),
        ((96, 160, 200), (255, 226, 180)),
        (168, 84, 40),
        (0.82, 0.22, (255, 250, 225)),
    ),
    Scene(
        "Morning fog in the firs #forest #fog",
        "cc-by",
        (1500, 1000),
        ((150, 176, 180), (228, 232, 224)),
        (22, 50, 46),
        (0.4, 0.3, (255, 252, 240)),
        trees=True,
    ),
    Scene(
        "Blue hour at the harbour #harbour #bluehour",
        "all-rights-reserved",
        (1500, 1000),
        ((18, 36, 84), (120, 150, 200)),
        (10, 20, 44),
        (0.22, 0.3, (240, 240, 255)),
        lake=True,
        stars=True,
    ),
    Scene(
        "Spring hills #spring #hills",
        "cc0",
        (1600, 1000),
        ((90, 170, 226), (224, 242, 246)),
        (52, 120, 58),
        (0.75, 0.2, (255, 255, 235)),
    ),
    Scene(
        "The last sun of October #autumn #sunset",
        "cc-by",
        (1000, 1300),
        ((84, 50, 90), (255, 146, 74)),
        (52, 22, 30),
        (0.5, 0.55, (255, 224, 150)),
        trees=True,
    ),
    Scene(
        "Glacier water #ice #lake",
        "cc-by-nd",
        (1700, 1000),
        ((120, 180, 210), (240, 248, 250)),
        (40, 84, 108),
        (0.3, 0.25, (255, 255, 250)),
        lake=True,
    ),
    Scene(
        "Rose dusk, no wind #dusk #mountains",
        "cc-by-sa",
        (1500, 1000),
        ((128, 110, 170), (255, 196, 196)),
        (60, 44, 84),
        (0.6, 0.46, (255, 240, 225)),
    ),
    Scene(
        "Winter pines under the moon #winter #night",
        "cc-by",
        (1500, 1000),
        ((14, 26, 60), (110, 140, 180)),
        (10, 22, 40),
        (0.8, 0.22, (250, 250, 255)),
        trees=True,
        stars=True,
    ),
    Scene(
        "Late summer by the water #summer #lake",
        "cc0",
        (1600, 1000),
        ((70, 140, 180), (255, 214, 150)),
        (24, 66, 70),
        (0.5, 0.42, (255, 240, 200)),
        lake=True,
    ),
)


def landscape(number: int, scale: float = 1.0) -> bytes:
    """Scene `number` as a JPEG; `scale` shrinks it."""
    scene, chance = SCENES[number], random.Random(number)  # noqa: S311  # no secret
    width, height = (round(side * scale) for side in scene.size)
    image = _vertical(width, height, *scene.sky)
    if scene.stars:
        _stars(image, chance)
    image = _with_sun(image, scene)
    horizon = 0.66 if scene.lake else 1.0
    for layer in range(5):
        depth = (layer + 1) / 5
        colour = _mix(scene.sky[1], scene.near, depth**1.2)
        base = (
            height * horizon * (0.5 + 0.42 * depth**1.3) if not scene.lake else height * (0.5 + 0.14 * depth)
        )
        _ridge(image, chance, base, height * 0.16 * (1.25 - depth), colour, trees=scene.trees and depth > 0.5)
    if scene.lake:
        _lake(image, round(height * horizon), scene.near)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90)
    return out.getvalue()


def _mix(one: Colour, other: Colour, part: float) -> Colour:
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _vertical(width: int, height: int, top: Colour, bottom: Colour) -> Image.Image:
    """A gradient that is at its lower colour at 60 % of the height."""
    column = Image.new("RGB", (1, height))
    for y in range(height):
        column.putpixel((0, y), _mix(top, bottom, min(1.0, y / (height * 0.6))))
    return column.resize((width, height))


def _stars(image: Image.Image, chance: random.Random) -> None:
    draw = ImageDraw.Draw(image)
    for _ in range(220):
        x, y = chance.randrange(image.width), chance.randrange(image.height // 2)
        size, shade = chance.choice((1, 1, 2)), chance.randint(120, 255)
        draw.ellipse((x, y, x + size, y + size), fill=(shade, shade, shade))


def _with_sun(image: Image.Image, scene: Scene) -> Image.Image:
    x, y = image.width * scene.sun[0], image.height * scene.sun[1]
    light = Image.new("RGB", image.size)
    for radius, share, blur in ((0.3, 0.3, 0.12), (0.1, 0.5, 0.04), (0.042, 1.0, 0.002)):
        reach = image.height * radius
        glow = Image.new("RGB", image.size)
        colour = _mix((0, 0, 0), scene.sun[2], share)
        ImageDraw.Draw(glow).ellipse((x - reach, y - reach, x + reach, y + reach), fill=colour)
        light = ImageChops.lighter(light, glow.filter(ImageFilter.GaussianBlur(image.height * blur)))
    return ImageChops.screen(image, light)


def _ridge(
    image: Image.Image, chance: random.Random, base: float, swing: float, colour: Colour, *, trees: bool
) -> None:
    waves = [
        (chance.uniform(0.6, 1) / k**1.15, k * chance.uniform(0.7, 1.3), chance.uniform(0, 6.3))
        for k in range(1, 14)
    ]
    points = []
    for x in range(0, image.width + 4, 4):
        rise = sum(a * math.sin(6.283 * f * x / image.width + p) for a, f, p in waves)
        points.append((x, base - swing * rise * 0.55))
    draw = ImageDraw.Draw(image)
    draw.polygon([*points, (image.width, image.height), (0, image.height)], fill=colour)
    if trees:
        for x, y in chance.sample(points, len(points) // 3):
            tall = image.height * chance.uniform(0.03, 0.09)
            for part in (0.0, 0.28, 0.52):
                wide = tall * (0.1 + 0.16 * part)
                top = y - tall * (1 - part)
                draw.polygon(
                    [(x, top), (x - wide, top + tall * 0.5), (x + wide, top + tall * 0.5)], fill=colour
                )
            draw.rectangle((x - wide / 6, y - tall * 0.2, x + wide / 6, y + tall * 0.1), fill=colour)


def _lake(image: Image.Image, shore: int, near: Colour) -> None:
    """Below the shore, what is above it: turned over, darker and drawn out sideways."""
    deep = image.height - shore
    mirrored = image.crop((0, shore - deep, image.width, shore)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    mirrored = mirrored.resize((image.width // 24, deep)).resize(
        (image.width, deep), Image.Resampling.BICUBIC
    )
    image.paste(Image.blend(mirrored, Image.new("RGB", mirrored.size, near), 0.22), (0, shore))

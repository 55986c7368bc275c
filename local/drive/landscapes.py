"""Twelve landscapes for tests of the feed and for its screenshot: sky, sun, ridges in haze, a lake or trees."""

import random
from dataclasses import dataclass

from local.drive.paint import Colour, firs, ground, jpeg, mirror, mix, sky, skyline, stars


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
    image = sky((width, height), *scene.sky, scene.sun)
    if scene.stars:
        stars(image, chance)
    for layer in range(5):
        depth = (layer + 1) / 5
        colour = mix(scene.sky[1], scene.near, depth**1.2)
        base = 0.5 + 0.14 * depth if scene.lake else 0.5 + 0.42 * depth**1.3
        edge = skyline(width, chance, height * base, height * 0.16 * (1.25 - depth))
        ground(image, edge, colour)
        if scene.trees and depth > 0.5:
            firs(image, chance, edge, colour)
    if scene.lake:
        mirror(image, round(height * 0.66), scene.near)
    return jpeg(image)

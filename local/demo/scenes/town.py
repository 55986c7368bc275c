"""Towers, and a street at night."""

import random

from PIL import Image, ImageDraw

from local.demo.moods import Mood
from local.demo.scenes.sky import Size, air
from local.drive.paint import Colour, disc, gradient, mirror, mix, out_of_focus

LAMP = (255, 214, 130)
STONE = (52, 54, 64)


def city(size: Size, mood: Mood, chance: random.Random) -> Image.Image:
    """Towers in three rows, with lit windows when it is dark; sometimes at a river."""
    width, height = size
    image, foot = air(size, mood, chance, 0.08), round(height * chance.choice((1.0, 0.74)))
    draw, stone = ImageDraw.Draw(image), mix(mood.near, STONE, 0.6)
    dark = mood.night or mood.name in ("evening", "dusk", "autumn")
    for row in range(1, 4):
        colour = mix(mood.low, stone, row / 3)
        glass = LAMP if dark else mix(colour, mood.low, 0.35)
        x = -width * 0.02
        while x < width:
            wide = max(24.0, height * chance.uniform(0.05, 0.11))
            top = foot - foot * chance.uniform(0.16, 0.62) * (1.15 - 0.24 * row)
            draw.rectangle((x, top, x + wide, foot), fill=colour)
            if row > 1:
                _windows(draw, chance, (x, top, x + wide, foot), (colour, glass))
            x += wide * chance.uniform(0.9, 1.25)
    if foot < height:
        mirror(image, foot, mood.near)
    return image


def _windows(
    draw: ImageDraw.ImageDraw,
    chance: random.Random,
    tower: tuple[float, float, float, float],
    colours: tuple[Colour, Colour],
) -> None:
    left, top, right, foot = tower
    for x in range(round(left + 6), round(right - 8), 13):
        for y in range(round(top + 8), round(foot - 10), 18):
            if chance.random() < 0.42:
                draw.rectangle((x, y, x + 5, y + 8), fill=mix(*colours, chance.uniform(0.4, 1)))


def lights(size: Size, mood: Mood, chance: random.Random) -> Image.Image:
    """A street at night, out of focus."""
    small = (size[0] // 4, size[1] // 4)
    image = gradient(small, mix(mood.top, (6, 8, 20), 0.7), mix(mood.near, (20, 14, 24), 0.6))
    for layer in range(2):
        _lamps(image, mood, chance, layer + 1)
        blur = min(small) * 0.012 * (2 - layer)
        image = out_of_focus(image, small if layer == 0 else size, blur)
    _lamps(image, mood, chance, 3)
    return image


def _lamps(image: Image.Image, mood: Mood, chance: random.Random, large: int) -> None:
    colours = ((255, 190, 90), (255, 120, 80), (250, 236, 200), (120, 200, 255), (255, 90, 120), mood.light)
    for _ in range(16):
        height = min(0.98, max(0.02, chance.gauss(0.52, 0.2)))
        centre = (chance.uniform(0, image.width), image.height * height)
        radius = min(image.size) * chance.uniform(0.02, 0.05) * large
        disc(image, centre, radius, chance.choice(colours), chance.randint(40, 150))

"""Lakes, the sea, and the lights of the north."""

import random

from PIL import Image, ImageDraw

from local.demo.moods import Mood
from local.demo.scenes.sky import Size, air
from local.drive.paint import firs, glow, gradient, ground, mirror, mix, sky, skyline, stars


def lake(size: Size, mood: Mood, chance: random.Random) -> Image.Image:
    """A still lake that shows the hills again."""
    image, shore = air(size, mood, chance), chance.uniform(0.58, 0.7)
    for layer in range(1, 5):
        depth = layer / 4
        edge = skyline(
            size[0], chance, size[1] * (shore - 0.14 + 0.12 * depth), size[1] * 0.15 * (1.2 - depth)
        )
        colour = mix(mood.low, mood.near, depth**1.2)
        ground(image, edge, colour)
        if layer == 4 and chance.random() < 0.5:
            firs(image, chance, edge, colour)
    mirror(image, round(size[1] * shore), mood.near)
    return image


def sea(size: Size, mood: Mood, chance: random.Random) -> Image.Image:
    """Open water with the sun's path on it, and sometimes a sail."""
    width, height = size
    x, y = chance.uniform(0.2, 0.8), chance.uniform(0.18, 0.44)
    image = sky(size, mood.top, mood.low, (x, y, mood.light))
    horizon = round(height * chance.uniform(0.5, 0.6))
    water = gradient((width, height - horizon), mix(mood.low, mood.top, 0.45), mix(mood.top, mood.near, 0.7))
    image.paste(water, (0, horizon))
    if chance.random() < 0.6:
        coast = skyline(width, chance, horizon - height * 0.01, height * 0.05)
        far = [(px, min(py, horizon)) for px, py in coast]
        ImageDraw.Draw(image).polygon(
            [*far, (width, horizon), (0, horizon)], fill=mix(mood.low, mood.near, 0.45)
        )
    draw = ImageDraw.Draw(image)
    for _ in range(420):
        near = chance.random() ** 1.6
        row = horizon + near * (height - horizon)
        spread = width * (0.03 + 0.16 * near)
        centre, long = x * width + chance.gauss(0, 0.5) * spread, width * (0.004 + 0.03 * near)
        shade = mix(mix(mood.low, mood.top, 0.4), mood.light, chance.uniform(0.3, 1) * (1 - 0.5 * near))
        draw.ellipse((centre - long, row, centre + long, row + 1 + 4 * near), fill=shade)
    if chance.random() < 0.5:
        _sail(draw, (width * chance.uniform(0.15, 0.85), horizon + height * 0.03), height * 0.11, mood)
    return image


def _sail(draw: ImageDraw.ImageDraw, foot: tuple[float, float], tall: float, mood: Mood) -> None:
    x, y = foot
    draw.polygon([(x, y - tall), (x, y), (x + tall * 0.42, y)], fill=mix(mood.light, mood.low, 0.3))
    draw.polygon(
        [(x - 3, y - tall * 0.85), (x - 3, y), (x - tall * 0.26, y)], fill=mix(mood.light, mood.near, 0.3)
    )
    hull = [
        (x - tall * 0.34, y + 3),
        (x + tall * 0.46, y + 3),
        (x + tall * 0.3, y + tall * 0.12),
        (x - tall * 0.2, y + tall * 0.12),
    ]
    draw.polygon(hull, fill=mood.near)


def aurora(size: Size, mood: Mood, chance: random.Random) -> Image.Image:
    """Northern lights over firs or a lake."""
    width, height = size
    small = gradient((width // 8, height // 8), (6, 10, 30), mix((20, 50, 70), mood.top, 0.3))
    hue = chance.choice(((70, 240, 160), (120, 240, 200), (190, 110, 240), (90, 220, 240)))
    for _ in range(2):
        curtain = skyline(
            small.width, chance, small.height * chance.uniform(0.32, 0.5), small.height * 0.2, waves=5
        )
        for x, y in curtain:
            small = glow(small, (x, y), small.height * chance.uniform(0.07, 0.2), hue, 0.13)
    image = small.resize(size, Image.Resampling.BICUBIC)
    stars(image, chance, 260)
    colour = (6, 14, 24)
    edge = skyline(width, chance, height * 0.72, height * 0.08)
    ground(image, edge, colour)
    firs(image, chance, edge, colour)
    if chance.random() < 0.5:
        mirror(image, round(height * 0.76), colour)
    return image

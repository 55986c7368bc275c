"""A blossom from near by."""

import math
import random

from PIL import Image, ImageDraw

from local.demo.moods import Mood
from local.demo.scenes.sky import Size
from local.drive.paint import Colour, Point, disc, gradient, mix, out_of_focus

COLOURS = ((232, 66, 78), (250, 176, 60), (240, 240, 250), (176, 104, 214), (250, 140, 180))


def flower(size: Size, mood: Mood, chance: random.Random) -> Image.Image:
    """One blossom before a green that is out of focus."""
    width, height = size
    green = mix((52, 110, 60), mood.near, 0.35)
    image = _behind(size, green, mood, chance)
    colour, petals = chance.choice(COLOURS), chance.randint(7, 13)
    radius = min(size) * chance.uniform(0.24, 0.32)
    centre = (width * chance.uniform(0.4, 0.6), height * chance.uniform(0.4, 0.55))
    foot = (width * chance.uniform(0.4, 0.6), height)
    ImageDraw.Draw(image).line((centre, foot), fill=mix(green, (0, 0, 0), 0.2), width=14)
    _blossom(image, centre, radius, petals, colour)
    disc(image, centre, radius * 0.24, (120, 70, 30))
    disc(image, (centre[0] - radius * 0.03, centre[1] - radius * 0.04), radius * 0.19, (226, 170, 60))
    return image


def _behind(size: Size, green: Colour, mood: Mood, chance: random.Random) -> Image.Image:
    small = gradient((size[0] // 8, size[1] // 8), mix(green, mood.low, 0.35), mix(green, (10, 30, 20), 0.5))
    for _ in range(22):
        centre = (chance.uniform(0, small.width), chance.uniform(0, small.height))
        shade = mix(green, chance.choice((mood.light, mood.low, (190, 220, 110))), chance.uniform(0.2, 0.6))
        disc(small, centre, min(small.size) * chance.uniform(0.05, 0.16), shade, 90)
    return out_of_focus(small, size, min(small.size) * 0.02)


def _blossom(image: Image.Image, centre: Point, radius: float, petals: int, colour: Colour) -> None:
    """Two rings of petals, drawn twice as large and reduced, so that their rims are smooth."""
    corner = (round(centre[0] - radius), round(centre[1] - radius))
    side = round(radius * 2)
    region = image.crop((*corner, corner[0] + side, corner[1] + side))
    region = region.resize((side * 2, side * 2), Image.Resampling.NEAREST)
    draw = ImageDraw.Draw(region)
    for share, turn, light in ((1.0, 0.0, 0.0), (0.72, 0.5, 0.4)):
        for number in range(petals):
            shade = mix(mix(colour, (255, 255, 255), light), (40, 10, 40), 0.12 * (number % 2))
            angle = (number + turn) * math.tau / petals
            draw.polygon(_petal(side, side * share, 3.0 / petals, angle), fill=shade)
    image.paste(region.reduce(2), corner)


def _petal(middle: float, long: float, wide: float, angle: float) -> list[Point]:
    """An ellipse from the middle outwards; `wide` in parts of its length."""
    along, across = (math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle))
    points = []
    for step in range(28):
        turn = step * math.tau / 28
        far, side = long * (0.5 + 0.49 * math.cos(turn)), long * wide / 2 * math.sin(turn)
        points.append(
            (middle + far * along[0] + side * across[0], middle + far * along[1] + side * across[1])
        )
    return points

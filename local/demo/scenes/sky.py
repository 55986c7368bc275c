"""What is above every landscape."""

import random

from PIL import Image

from local.demo.moods import Mood
from local.drive.paint import sky, stars

Size = tuple[int, int]


def air(size: Size, mood: Mood, chance: random.Random, highest: float = 0.15) -> Image.Image:
    """A sky of this mood, with stars at night; the sun or moon is no higher than `highest` of the height."""
    sun = (chance.uniform(0.15, 0.85), chance.uniform(highest, 0.46), mood.light)
    image = sky(size, mood.top, mood.low, sun)
    if mood.night:
        stars(image, chance, chance.randint(120, 320))
    return image

"""Mountains, hills, sand and fields."""

import random

from PIL import Image, ImageDraw

from local.demo.moods import Mood
from local.demo.scenes.sky import Size, air
from local.drive.paint import disc, firs, gradient, ground, mix, skyline


def mountains(size: Size, mood: Mood, chance: random.Random) -> Image.Image:
    """Ridges behind each other in haze; some with firs."""
    image, wooded = air(size, mood, chance), chance.random() < 0.5
    layers = chance.randint(4, 6)
    for layer in range(1, layers + 1):
        depth = layer / layers
        colour = mix(mood.low, mood.near, depth**1.2)
        base = size[1] * (0.5 + 0.42 * depth**1.3)
        edge = skyline(size[0], chance, base, size[1] * chance.uniform(0.12, 0.2) * (1.25 - depth))
        ground(image, edge, colour)
        if wooded and depth > 0.5:
            firs(image, chance, edge, colour)
    return image


def balloons(size: Size, mood: Mood, chance: random.Random) -> Image.Image:
    """Hot-air balloons over hills."""
    width, height = size
    image = mountains(size, mood, chance)
    draw = ImageDraw.Draw(image)
    for _ in range(chance.randint(2, 6)):
        x, y = chance.uniform(0.08, 0.92) * width, chance.uniform(0.1, 0.5) * height
        radius = height * chance.uniform(0.025, 0.075)
        colour = chance.choice(
            ((214, 66, 60), (240, 180, 60), (60, 120, 190), (80, 160, 120), (235, 235, 225))
        )
        cloth = mix(colour, mood.low, 0.25 * (1 - radius / (height * 0.075)))
        draw.polygon(
            [
                (x - radius * 0.86, y + radius * 0.5),
                (x + radius * 0.86, y + radius * 0.5),
                (x + radius * 0.2, y + radius * 1.5),
                (x - radius * 0.2, y + radius * 1.5),
            ],
            fill=cloth,
        )
        disc(image, (x, y), radius, cloth)
        draw.ellipse(
            (x - radius * 0.4, y - radius, x + radius * 0.4, y + radius), fill=mix(cloth, mood.light, 0.45)
        )
        draw.rectangle(
            (x - radius * 0.16, y + radius * 1.62, x + radius * 0.16, y + radius * 1.85), fill=(70, 46, 34)
        )
    return image


def dunes(size: Size, mood: Mood, chance: random.Random) -> Image.Image:
    """Sand: few, long waves, each with a lit crest."""
    image = air(size, mood, chance, 0.1)
    sand = mix((196, 120, 66), mood.near, 0.25 if not mood.night else 0.7)
    for layer in range(1, 6):
        depth = layer / 5
        colour = mix(mix(mood.low, sand, 0.5), mix(sand, (60, 26, 20), 0.35), depth)
        edge = skyline(size[0], chance, size[1] * (0.46 + 0.44 * depth), size[1] * 0.12, waves=4)
        ground(image, edge, colour)
        ImageDraw.Draw(image).line(edge, fill=mix(colour, mood.light, 0.3), width=max(2, size[1] // 300))
    return image


def meadow(size: Size, mood: Mood, chance: random.Random) -> Image.Image:
    """Hills with a field of flowers that grow towards the viewer."""
    width, height = size
    image = air(size, mood, chance)
    grass = mix((96, 150, 70), mood.near, 0.3)
    for layer in range(1, 4):
        edge = skyline(width, chance, height * (0.46 + 0.07 * layer), height * 0.07, waves=6)
        ground(image, edge, mix(mood.low, grass, 0.3 + 0.23 * layer))
    field = round(height * 0.66)
    image.paste(gradient((width, height - field), grass, mix(grass, (20, 40, 20), 0.5)), (0, field))
    colour = chance.choice(((224, 60, 50), (250, 210, 70), (150, 110, 220), (250, 245, 240), (240, 130, 170)))
    draw = ImageDraw.Draw(image)
    for step in range(520):
        near = (step / 520) ** 1.7
        x, y = chance.uniform(0, width), field + near * (height - field)
        size_px = 2 + near * height * 0.016
        shade = mix(colour, (30, 40, 20), chance.uniform(0, 0.35))
        draw.ellipse((x - size_px, y - size_px * 0.8, x + size_px, y + size_px * 0.8), fill=shade)
    return image

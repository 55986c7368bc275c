"""The demo's pictures, each a function of its number: what it shows, who shares it, and how."""

import random
from dataclasses import dataclass

from local.demo import captions
from local.demo.moods import MOODS, Mood
from local.demo.scenes.closeup import flower
from local.demo.scenes.land import balloons, dunes, meadow, mountains
from local.demo.scenes.town import city, lights
from local.demo.scenes.water import aurora, lake, sea
from local.drive.paint import jpeg

SCENES = {
    "mountains": mountains,
    "lake": lake,
    "dunes": dunes,
    "sea": sea,
    "city": city,
    "lights": lights,
    "flower": flower,
    "meadow": meadow,
    "aurora": aurora,
    "balloons": balloons,
}
# Large enough to look at, small enough for 300 of them to be ingested in a minute.
SIZES = ((1280, 853), (1350, 900), (1200, 900), (853, 1280), (960, 1200), (1080, 1080), (1800, 720))


ALBUMS = {
    "dawn": "First light",
    "evening": "Evenings",
    "dusk": "Evenings",
    "night": "After dark",
    "bluehour": "After dark",
    "autumn": "Autumn walks",
    "winter": "Snow",
}
"""Titles by the name of a mood; what has another one is in no album."""


@dataclass(frozen=True)
class Picture:
    """One picture. `owner` is its person's number; `size` is width and height in pixels."""

    number: int
    kind: str
    mood: Mood
    size: tuple[int, int]
    owner: int
    caption: str
    licence: str

    @property
    def album(self) -> str:
        """The title of the album that it is in, or nothing: a scene's in some light."""
        return ALBUMS.get(self.mood.name, "")

    @property
    def filename(self) -> str:
        """By which it is recognised among its owner's uploads."""
        return f"{self.kind}-{self.number:03}.jpg"

    def draw(self) -> bytes:
        """The same JPEG each time."""
        chance = random.Random(self.number)  # noqa: S311 - no secret
        return jpeg(SCENES[self.kind](self.size, self.mood, chance))


def picture(number: int, people: int) -> Picture:
    """Picture `number` of a demo with so many people. The first ones share more than the last."""
    chance = random.Random(f"picture {number}")  # noqa: S311 - no secret
    kind, mood = chance.choice(list(SCENES)), chance.choice(MOODS)
    [owner] = chance.choices(range(people), weights=[1 / (rank + 3) for rank in range(people)])
    return Picture(
        number,
        kind,
        mood,
        chance.choice(SIZES),
        owner if number >= people else number,  # nobody without a picture
        captions.caption(kind, mood.name, chance),
        captions.licence(chance),
    )

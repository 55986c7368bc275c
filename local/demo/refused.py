"""Files that the portal refuses, each for another reason: at once, or after a look at them."""

import io
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from local.demo.pictures import picture

PIXELS = (9000, 7000)


@dataclass(frozen=True)
class BadFile:
    """What is wrong stands in its name; `make` gives its bytes."""

    filename: str
    make: Callable[[], bytes]


def _text() -> bytes:
    return b"Shopping list: bread, olives, film for the old camera.\n" * 20


def _cut_off() -> bytes:
    data = picture(1, 1).draw()
    return data[: len(data) * 6 // 10]


def _too_large() -> bytes:
    out = io.BytesIO()
    Image.new("1", PIXELS).save(out, "PNG")
    return out.getvalue()


BAD_FILES = (
    BadFile("shopping-list.jpg", _text),
    BadFile("cut-off.jpg", _cut_off),
    BadFile("63-megapixels.png", _too_large),
)

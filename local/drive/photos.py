"""JPEG files with the sizes and the statistics of photographs, made quickly: six scenes, varied cheaply."""

import io
from functools import cache

from PIL import Image, ImageFilter

# Width and height in pixels of common cameras and telephones: 3.1 to 12.2 megapixels.
SIZES = ((2048, 1536), (2592, 1944), (3264, 2448), (3000, 2000), (3648, 2736), (4032, 3024))


@cache
def scene(number: int) -> bytes:
    """Soft areas, middle detail and grain, in one of the sizes: 0.9 to 3.8 MB."""
    width, height = SIZES[number]

    def noise(step: int) -> Image.Image:
        bands = [Image.effect_noise((width // step + 2, height // step + 2), 90) for _ in range(3)]
        return Image.merge("RGB", bands).resize((width, height), Image.Resampling.BILINEAR)

    grain = Image.effect_noise((width, height), 60).filter(ImageFilter.BoxBlur(1)).convert("RGB")
    return encoded(Image.blend(Image.blend(noise(96), noise(8), 0.25), grain, 0.2), quality=92)


def photo(number: int) -> bytes:
    """A photograph; numbers below 600 give different bytes and different pixels."""
    shot, take = number % len(SIZES), number // len(SIZES)
    return variant(scene(shot), take)


def variant(data: bytes, take: int) -> bytes:
    """The same JPEG with another finest step in its first quantisation table: other pixels, no encoding."""
    changed = bytearray(data)
    last = data.index(b"\xff\xdb") + 4 + 64  # marker, length, table number, then 64 steps
    changed[last] = 100 + take
    return bytes(changed)


def small_photo(number: int = 0, width: int = 640, height: int = 480) -> bytes:
    """A picture that is sent and processed in no time."""
    noise = Image.effect_noise((width // 4, height // 4), 80).resize((width, height))
    tint = Image.new("RGB", (width, height), (number * 37 % 256, number * 91 % 256, number * 53 % 256))
    return encoded(Image.blend(noise.convert("RGB"), tint, 0.5), quality=88)


def encoded(image: Image.Image, quality: int) -> bytes:
    """As a JPEG file."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()

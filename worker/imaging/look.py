"""What a decoded image looks like, in 64 bits (shared.domain.fingerprints).

A perceptual hash by the discrete cosine transform, after Zauner, «Implementation and Benchmarking of Perceptual Image
Hash Functions» (2010): of the coarsest 8 × 8 patterns that vary in both directions, which are stronger than their
median. The patterns that vary in one direction alone are left out: most landscapes share them.
"""

from itertools import chain
from math import cos, pi
from operator import mul
from statistics import median

from PIL import Image

SIDE, PATTERNS = 32, 8
# Patterns of a flat picture (one colour, a gradient, a line of text on white) are rounding and the encoder's noise, and
# say nothing. Below this median strength, in grey levels summed over 32 × 32, a picture counts as flat.
FLATTEST = 40
_WAVES = [
    [cos(pi * pattern * (2 * at + 1) / (2 * SIDE)) for at in range(SIDE)]
    for pattern in range(1, PATTERNS + 1)
]


def fingerprint(image: Image.Image) -> int | None:
    """Of an RGB or RGBA image, transparency seen over white; None for a flat one."""
    small = image.resize((SIDE, SIDE), Image.Resampling.BOX)
    if small.mode == "RGBA":
        small = Image.alpha_composite(Image.new("RGBA", small.size, "white"), small)
    grey = small.convert("L").tobytes()
    rows = [grey[at : at + SIDE] for at in range(0, SIDE * SIDE, SIDE)]
    across = [[sum(map(mul, wave, row)) for row in rows] for wave in _WAVES]
    strengths = list(chain.from_iterable([sum(map(mul, wave, of)) for wave in _WAVES] for of in across))
    if median(map(abs, strengths)) < FLATTEST:
        return None
    middle = median(strengths)
    return sum(1 << at for at, strength in enumerate(strengths) if strength > middle)

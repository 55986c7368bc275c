"""Damaged files before two referees and before us: Pillow and libvips, each in its strictest way, and the imaging.

Run from the repository root: `python -m bench.referees`, or with a number of files. What both referees load without a
warning should be accepted, what both call broken should not, and what is published should have the pixels that were
sent. Prints what is otherwise, and writes bench/results/referees.json. libvips reads no HEIC, there
Pillow judges alone.

Neither referee looks at what is left of a JPEG's coded pixels when the picture is full. libjpeg itself warns of it, as
it can be all that tells of a lost or zeroed block (ADR 15): such files count apart, as «left over».
"""

import gc
import hashlib
import json
import logging
import os
import struct
import sys
import warnings
from collections import Counter
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

os.environ["VIPS_CONCURRENCY"] = "1"
import pyvips  # type: ignore[import-untyped]
import simplejpeg  # type: ignore[import-untyped]
from PIL import Image, ImageOps

from bench.mutations import damaged, seeds
from shared.domain.refusals import Refusal, Rejected

# With decoders Pillow has loaded all that it opens files with: a judge can open nothing.
from worker.imaging import DEFAULT_LIMITS, decoders, process  # noqa: F401
from worker.imaging.sandbox import Sandbox

pyvips.cache_set_max(0)
FILES = 4000
RESULTS = Path(__file__).parent / "results" / "referees.json"
SOUND, BROKEN = "sound", "broken"
REFUSED, ACCEPTED, CHANGED = "refused, though sound", "accepted, though broken", "other pixels"
LEFT_OVER = "left over"
_DAMAGE = {Refusal.CORRUPT, Refusal.TRUNCATED}  # any other refusal is a limit or a rule, and not about damage
_MANY_FRAMES = ("gif", "webp")  # what libvips reads more than one frame of


def judge(told: bytes, data: bytes) -> bytes:
    """In a process of its own, as decoders crash: each referee's word, and the digest of Pillow's pixels."""
    pillow, pixels = _pillow(data)
    kind = told.decode()
    return json.dumps([pillow, _vips(kind, data), pixels, _is_left_over(kind, data)]).encode()


def _pillow(data: bytes) -> tuple[str, str]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return SOUND, _pixels(data)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is Pillow's word
            return f"{BROKEN}: {type(error).__name__} {error}"[:100], ""


def _pixels(data: bytes) -> str:
    digest = hashlib.sha256()
    with Image.open(BytesIO(data)) as image:
        # HEIC's frames are pictures of their own, and the first is published. It is upright, whatever its EXIF says.
        is_heic = image.format == "HEIF"
        for number in range(1 if is_heic else getattr(image, "n_frames", 1)):
            image.seek(number)
            image.load()
            upright = image if is_heic else _upright(image)
            digest.update(repr(upright.size).encode() + upright.convert("RGBA").tobytes())
    return digest.hexdigest()


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except (SyntaxError, ValueError, OSError, struct.error):  # EXIF that nobody can read turns nothing
        return image


def _is_left_over(kind: str, data: bytes) -> bool:
    try:
        if kind == "jpeg":
            simplejpeg.decode_jpeg(data, strict=True)
    except ValueError as error:
        return "extraneous bytes before marker" in str(error)
    return False


def _vips(kind: str, data: bytes) -> str:
    if kind == "heic":
        return ""
    frames = {"n": -1} if kind in _MANY_FRAMES else {}
    said = _Said()
    logging.getLogger("pyvips").addHandler(said)
    try:
        pyvips.Image.new_from_buffer(data, "", fail_on="warning", **frames).write_to_memory()
        gc.collect()  # what came up behind the last lines, libvips says when it lets go of the file
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is libvips' word
        said.words.append(str(error))
    return f"{BROKEN}: {said.words[0]}"[:100].replace("\n", " ") if said.words else SOUND


class _Said(logging.Handler):
    """Warnings, as words."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.words: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.words.append(record.getMessage())


@dataclass
class Case:
    """One file before all three. `pixels`, `published`: digests, empty where there are none."""

    number: int
    name: str
    words: list[str]
    ours: str
    pixels: str
    published: str
    is_left_over: bool

    @property
    def wrong(self) -> str:
        """What is otherwise than it should be, or nothing."""
        if all(word == SOUND for word in self.words) and self.ours in _DAMAGE:
            return LEFT_OVER if self.is_left_over else REFUSED
        if all(word != SOUND for word in self.words) and self.ours == "accepted":
            return ACCEPTED
        if self.pixels and self.published and self.pixels != self.published:
            return CHANGED
        return ""


def tried(number: int, name: str, data: bytes, referees: Sandbox) -> Case:
    """Have all three look at one file."""
    kind = name.split()[0].rstrip(":").encode()

    def judged(file: bytes) -> tuple[str, str, str, bool]:
        try:
            pillow, vips, pixels, is_left_over = json.loads(referees.run(kind, file, DEFAULT_LIMITS))
        except Rejected as crashed:
            return f"{BROKEN}: {crashed.code}", f"{BROKEN}: {crashed.code}", "", False
        return pillow, vips, pixels, is_left_over

    pillow, vips, pixels, is_left_over = judged(data)
    published = ""
    try:
        published = judged(process(data).original)[2] or "unreadable"
        ours = "accepted"
    except Rejected as rejected:
        ours = str(rejected.code)
    return Case(
        number, name, [word for word in (pillow, vips) if word], ours, pixels, published, is_left_over
    )


def main() -> None:
    count = int(sys.argv[1]) if sys.argv[1:] else FILES
    referees = Sandbox("bench.referees:judge")
    referees.held = False  # libvips asks for more than decoding needs
    table: dict[str, Counter[str]] = {}
    for name, data in seeds().items():
        case = tried(-1, name, data, referees)
        assert (case.words.count(SOUND), case.ours, case.pixels) == (
            len(case.words),
            "accepted",
            case.published,
        ), case
    for number in range(count):
        case = tried(number, *damaged(number), referees)
        row = table.setdefault(case.name.split()[0].rstrip(":"), Counter())
        row["files"] += 1
        row["accepted"] += case.ours == "accepted"
        row["both sound"] += all(word == SOUND for word in case.words)
        row["both broken"] += all(word != SOUND for word in case.words)
        for wrong in (REFUSED, ACCEPTED, CHANGED, LEFT_OVER):
            row[wrong] += case.wrong == wrong
        if case.wrong not in ("", LEFT_OVER):
            print(f"{case.wrong}: {number} ({case.name}): {case.ours}; {case.words}")
    head = list(next(iter(table.values())))
    print(f"{'':6}" + "".join(f"{title:>25}" for title in head))
    for kind, row in sorted(table.items()):
        print(f"{kind:6}" + "".join(f"{row[title]:25}" for title in head))
    RESULTS.write_text(json.dumps({kind: dict(row) for kind, row in sorted(table.items())}, indent=2) + "\n")


if __name__ == "__main__":
    main()

"""CPU time of imaging on one 12-megapixel photo, beside the obvious way with Pillow.

Run from the repository root: `python -m bench.imaging`. Prints a table and writes bench/results/imaging.json.
"""

import json
import statistics
import time
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageFilter, ImageOps

from local.drive.processes import cpu_seconds
from shared.domain.formats import JPEG, PNG
from worker.imaging import DEFAULT_LIMITS, process, sandbox_of_decoders
from worker.imaging.formats import jpeg, png
from worker.imaging.look import fingerprint
from worker.imaging.render import averages, render, work
from worker.imaging.renditions import facts, pack

WIDTH, HEIGHT, ROUNDS, CALLS = 4032, 3024, 7, 200
_THUMBNAIL = Image.effect_noise((400, 300), 90).convert("RGB")
RESULTS = Path(__file__).parent / "results" / "imaging.json"


def photo(progressive: bool) -> bytes:
    """A JPEG with the statistics of a photo: soft areas, middle detail, a little grain."""
    size = (WIDTH, HEIGHT)

    def noise(step: int) -> Image.Image:
        bands = [Image.effect_noise((WIDTH // step + 2, HEIGHT // step + 2), 90) for _ in range(3)]
        return Image.merge("RGB", bands).resize(size, Image.Resampling.BICUBIC)

    image = Image.blend(
        Image.blend(noise(64), noise(6), 0.2), noise(1).filter(ImageFilter.GaussianBlur(1)), 0.12
    )
    out = BytesIO()
    image.save(out, "JPEG", quality=90, progressive=progressive, comment=b"bench")
    return out.getvalue()


def sandboxed(data: bytes) -> None:
    process(data)


def in_process(data: bytes) -> None:
    pack(render(JPEG, jpeg.read(data, DEFAULT_LIMITS), DEFAULT_LIMITS.max_pixels))


def container_walk(data: bytes) -> None:
    jpeg.read(data, DEFAULT_LIMITS)


@cache
def _thumbnail(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.thumbnail((400, 400))
    return image


def look_alone(data: bytes) -> None:
    """What the fingerprint adds, once there is a thumbnail; the first round, which makes one, is not the median."""
    fingerprint(_thumbnail(data))


def placeholder(_data: bytes) -> None:
    """Average and placeholder of a thumbnail: a part of ours."""
    averages(_THUMBNAIL)


def _naive(data: bytes, kind: str, **options: int) -> None:
    loaded = Image.open(BytesIO(data))
    loaded.load()
    image = ImageOps.exif_transpose(loaded)
    thumbnail, out = image.copy(), BytesIO()
    thumbnail.thumbnail((400, 400))
    thumbnail.save(out, kind, quality=80, **options)
    preview = image.resize((1600, round(1600 * image.height / image.width)), Image.Resampling.LANCZOS)
    preview.save(out, kind, quality=80, **options)


def naive_jpeg(data: bytes) -> None:
    _naive(data, "JPEG")


def naive_webp(data: bytes) -> None:
    _naive(data, "WEBP")


def naive_strip(data: bytes) -> None:
    """What removing metadata costs by re-encoding; naive_jpeg and naive_webp leave it in."""
    Image.open(BytesIO(data)).save(BytesIO(), "JPEG", quality=90)


def cpu_ms() -> float:
    """What this process has worked, and its imaging server with the children that it has forked: in steps of 10 ms."""
    server = sandbox_of_decoders.server_pid
    return 1000 * (time.process_time() + (cpu_seconds([server]) if server else 0))


def sandbox_ms() -> float:
    """What the sandbox adds to a call: a tiny picture inside of it and outside, CALLS times each."""
    out = BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG")
    tiny = out.getvalue()
    container = png.read(tiny, DEFAULT_LIMITS)
    told = facts(PNG, container, DEFAULT_LIMITS)

    def outside() -> bytes:
        return work(told, container.stripped)

    def inside() -> bytes:
        return sandbox_of_decoders.run(told, container.stripped, DEFAULT_LIMITS)

    spent = []
    for way in (outside, inside):
        before = cpu_ms()
        for _ in range(CALLS):
            way()
        spent.append((cpu_ms() - before) / CALLS)
    return spent[1] - spent[0]


def main() -> None:
    ways: list[Callable[[bytes], None]] = [
        sandboxed,
        in_process,
        container_walk,
        look_alone,
        placeholder,
        naive_jpeg,
        naive_webp,
        naive_strip,
    ]
    process(photo(progressive=False))  # the server's start is not a call's cost
    added = sandbox_ms()
    print(f"the sandbox adds {added:.1f} ms of CPU to a call, mean of {CALLS}")
    table: dict[str, object] = {"sandbox_ms": round(added, 1)}
    for label, progressive in (("baseline", False), ("progressive", True)):
        data = photo(progressive)
        times: dict[str, list[float]] = {way.__name__: [] for way in ways}
        for _ in range(ROUNDS):  # side by side, so that a busy machine slows all alike
            for way in ways:
                before = cpu_ms()
                way(data)
                times[way.__name__].append(cpu_ms() - before)
        medians = {name: statistics.median(values) for name, values in times.items()}
        print(
            f"{label}, {WIDTH}×{HEIGHT}, {len(data) / 1e6:.1f} MB, median of {ROUNDS}, CPU ms with children"
        )
        for name, value in medians.items():
            print(f"  {name:16}{value:8.1f} ms   {value / medians['sandboxed']:5.2f} × ours")
        table[label] = {
            "bytes": len(data),
            "cpu_ms": {name: round(value, 1) for name, value in medians.items()},
        }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(table, indent=2) + "\n")


if __name__ == "__main__":
    main()

"""Milliseconds to find what looks like an image among an owner's own, and rows read for it.

    python -m bench.fingerprints [--images 1000000]

Starts a MariaDB of its own, fills the portal's own table with random fingerprints, all of one owner: the worst case.
Asks the portal's own adapter: for fingerprints from which one that is there differs in 0 to 6 bits, and for others.
Checks what is found. Prints a table and writes bench/results/fingerprints.json.
"""

import argparse
import json
import random
import statistics
import tempfile
import time
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection, create_engine, text

from local.cloud.mariadb import Database as Server
from shared.adapters.mysql_fingerprints import near
from shared.domain.fingerprints import BAND_BITS, BANDS, LOOKS_LIKE, MOST_POINTED_OUT
from shared.migrations.__main__ import upgrade

RESULTS = Path(__file__).parent / "results" / "fingerprints.json"
TRIES = 200
OWNER = UUID(int=7)
# A number's fingerprint is the first half of its MD5 digest. In the order of the key, as bulk inserts go fastest.
_FILL = """
    INSERT INTO fingerprint_bands (scope, band, value, image_id, fingerprint)
    SELECT :owner, :band, fingerprint >> :shift & :mask AS value, UNHEX(LPAD(HEX(seq), 32, '0')), fingerprint
    FROM (SELECT seq, CAST(CONV(LEFT(MD5(seq), 16), 16, 10) AS UNSIGNED) AS fingerprint FROM seq_1_to_{images}) AS made
    ORDER BY value"""


def fill(c: Connection, images: int) -> None:
    """So many images of one owner's."""
    statement = text(_FILL.format(images=images))
    for band in range(BANDS):
        mask = (1 << BAND_BITS) - 1
        c.execute(statement, {"owner": OWNER.bytes, "band": band, "shift": band * BAND_BITS, "mask": mask})
        c.commit()
    c.execute(text("ANALYZE TABLE fingerprint_bands"))


def rows_read(c: Connection) -> int:
    """By this session, until now."""
    counts = c.execute(text("SHOW SESSION STATUS LIKE 'Handler_read%'"))
    return sum(int(row[1]) for row in counts)


def measure(c: Connection, looks: dict[int, UUID | None]) -> dict[str, float]:
    """Median milliseconds for these, of which some are known to be there: the first time, when most pages come from
    disk as the local server's memory is small, and at once again, when they are in memory as a real server's are."""
    first: list[float] = []
    again: list[float] = []
    read: list[int] = []
    for look, expected in looks.items():
        before = rows_read(c)
        for took in (first, again):
            began = time.perf_counter()
            found = near(c, OWNER, look, LOOKS_LIKE, MOST_POINTED_OUT)
            took.append((time.perf_counter() - began) * 1000)
            assert expected is None or expected in found, hex(look)
        read.append((rows_read(c) - before) // 2)
    return {
        "median_ms": round(statistics.median(again), 2),
        "quickest_ms": round(min(again), 2),
        "median_ms_from_disk": round(statistics.median(first), 2),
        "median_rows_read": statistics.median(read),
    }


def round_trip_ms(c: Connection) -> float:
    """Median of asking for nothing: what else the machine is doing shows here."""
    took = []
    for _ in range(TRIES):
        began = time.perf_counter()
        c.execute(text("SELECT 1")).all()
        took.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(took), 2)


def looks_of(c: Connection, images: int, bits: int | None, dice: random.Random) -> dict[int, UUID | None]:
    """Fingerprints that differ by so many bits from one that is there; None: by any number from all."""
    if bits is None:
        return {dice.getrandbits(64): None for _ in range(TRIES)}
    wanted: dict[int, UUID | None] = {}
    query = text("SELECT CAST(CONV(LEFT(MD5(:number), 16), 16, 10) AS UNSIGNED)")
    for number in dice.sample(range(1, images + 1), TRIES):
        look = int(c.execute(query, {"number": number}).scalar_one())
        wanted[look ^ sum(1 << bit for bit in dice.sample(range(64), bits))] = UUID(int=number)
    return wanted


def main() -> None:
    """Fill, ask, print, write down."""
    parser = argparse.ArgumentParser(prog="python -m bench.fingerprints", description=__doc__)
    parser.add_argument("--images", type=int, default=1_000_000)
    images = parser.parse_args().images
    dice = random.Random(1)  # noqa: S311 -- no secret
    results: dict[str, object] = {"images": images}
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server:
        upgrade(server.url())
        engine = create_engine(server.url())
        with engine.connect() as c:
            began = time.perf_counter()
            fill(c, images)
            print(f"{images:,} images in {time.perf_counter() - began:.0f} s")
            results["round_trip_ms"] = round_trip = round_trip_ms(c)
            print(f"SELECT 1: {round_trip} ms")
            for name, bits in (("the same", 0), ("3 bits apart", 3), ("6 bits apart", 6), ("none", None)):
                figures = measure(c, looks_of(c, images, bits, dice))
                results[name] = figures
                print(f"{name:<14} " + "  ".join(f"{key} {value}" for key, value in figures.items()))
        engine.dispose()
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()

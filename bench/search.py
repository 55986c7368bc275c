"""Milliseconds for a page of 30 results, for rare words, common words and words that never meet.

    python -m bench.search [--images 200000]

Starts a MariaDB of its own, fills the portal's own schema with made-up images (words by a power law, as in real
text), and asks the portal's own adapter. Prints a table and writes bench/results/search.json.
"""

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection, create_engine, text

from local.cloud.mariadb import Database as Server
from shared.adapters.mysql import FOR_PEOPLE, Database
from shared.adapters.mysql_images import MySqlImages
from shared.domain.images import ImageQuery
from shared.domain.terms import COMMERCIAL, TAG, USER, WORD, Term
from shared.migrations.__main__ import upgrade

RESULTS = Path(__file__).parent / "results" / "search.json"
TRIES = 40
VOCABULARY = 2000
QUERIES: dict[str, list[Term]] = {
    "the feed": [],
    "a word in every image": [(WORD, "every")],
    "a word in half of them": [(WORD, "odd")],
    "a word in one of 5,000": [(WORD, "rare")],
    "every + rare": [(WORD, "every"), (WORD, "rare")],
    "every + half": [(WORD, "every"), (WORD, "odd")],
    "every + half, a deep page": [(WORD, "every"), (WORD, "odd")],
    "commonest + every + commercial": [(WORD, "w1"), (WORD, "every"), COMMERCIAL],
    "two halves that never meet (worst case)": [(WORD, "odd"), COMMERCIAL],
}
BEGINNINGS: dict[str, list[Term]] = {
    "suggestions for w, of 2,000 words": [(WORD, "w")],
    "suggestions for w1, of 1,111 words": [(USER, "w1"), (TAG, "w1"), (WORD, "w1")],
    "suggestions for ev": [(USER, "ev"), (TAG, "ev"), (WORD, "ev")],
}
_IMAGE = text("""
    INSERT INTO images (id, owner, username, filename, caption, licence, format, content_type, width, height,
                        size_bytes, sha256, colour, original_key, preview_key, preview_width, preview_height,
                        thumbnail_key, thumbnail_width, thumbnail_height, uploaded_at, published_at)
                       VALUES (:id, :id, 'ann', 'f.jpg', '', 'cc0', 'jpeg', 'image/jpeg', 1, 1, 1, REPEAT('s', 32),
                               '#000000', 'k', 'k', 1, 1, 'k', 1, 1, '2026-01-01', '2026-01-01')""")


def terms_of(number: int, dice: random.Random) -> set[Term]:
    """The terms of the n-th image: five words by a power law, and the marked ones."""
    found = {(WORD, f"w{min(VOCABULARY, int(dice.paretovariate(0.6)))}") for _ in range(5)}
    found.add((WORD, "every"))
    found.add((WORD, "odd") if number % 2 else COMMERCIAL)
    if number % 5000 == 0:
        found.add((WORD, "rare"))
    return found


def fill(connection: Connection, images: int) -> None:
    """Images with rising ids, as uploads would have made them."""
    dice = random.Random(1)  # noqa: S311 -- made-up data, the same each time
    vocabulary = [(WORD, f"w{n}") for n in range(1, VOCABULARY + 1)]
    vocabulary += [(WORD, "every"), (WORD, "odd"), (WORD, "rare"), COMMERCIAL]
    connection.execute(
        text("INSERT INTO terms (kind, text) VALUES (:kind, :text)"),
        [{"kind": kind, "text": word} for kind, word in vocabulary],
    )
    ids = {(r.kind, r.text): r.id for r in connection.execute(text("SELECT id, kind, text FROM terms"))}
    for start in range(0, images, 5000):
        numbers = range(start, min(start + 5000, images))
        connection.execute(_IMAGE, [{"id": image_id(n).bytes} for n in numbers])
        connection.execute(
            text("INSERT INTO image_terms VALUES (:term_id, :image_id)"),
            [
                {"term_id": ids[term], "image_id": image_id(n).bytes}
                for n in numbers
                for term in terms_of(n, dice)
            ],
        )


def image_id(number: int) -> UUID:
    """A UUIDv7 that rises with `number`, a second apart."""
    return UUID(int=(1_700_000_000_000 + number * 1000) << 80 | 7 << 76 | 2 << 62 | number)


def measure(catalogue: MySqlImages, images: int) -> Iterator[tuple[str, float, int]]:
    """(query, p50 ms, results) for each query."""

    def found(query: ImageQuery) -> Sequence[object]:
        return catalogue.search(query).items

    for name, terms in QUERIES.items():
        before = image_id(images // 10) if "deep" in name else None
        query = ImageQuery(frozenset(terms), before=before)
        yield name, *timed(partial(found, query))
    for name, beginnings in BEGINNINGS.items():
        yield name, *timed(partial(catalogue.suggest, beginnings, 3, 100))


def timed(ask: Callable[[], Sequence[object]]) -> tuple[float, int]:
    """p50 ms and the number of results."""
    times = []
    for _ in range(TRIES):
        started = time.perf_counter()
        found = len(ask())
        times.append((time.perf_counter() - started) * 1000)
    return round(statistics.median(times), 2), found


def main() -> None:
    """Fill, ask, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--images", type=int, default=200_000)
    images: int = parser.parse_args().images
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server:
        upgrade(server.url())
        engine = create_engine(server.url())
        with engine.begin() as connection:
            fill(connection, images)
        engine.dispose()
        database = Database(server.url(), FOR_PEOPLE)
        rows = list(measure(MySqlImages(database), images))
        database.close()
    print(f"{images:,} images\n{'query':<42}{'p50 ms':>8}{'results':>9}")
    for name, ms, found in rows:
        print(f"{name:<42}{ms:>8}{found:>9}")
    RESULTS.parent.mkdir(exist_ok=True)
    report = {"images": images, "p50_ms": {name: ms for name, ms, _ in rows}}
    RESULTS.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()

"""A check's memory is flat: it holds a page of each side, however many images there are."""

import tracemalloc

import pytest

from bench.consistency import MadeUp

pytestmark = pytest.mark.slow

IMAGES = (
    25_000  # with four objects each, and as many versions; held at once they would be a hundred megabytes
)


def test_a_hundred_thousand_objects_are_compared_in_four_megabytes() -> None:
    portal = MadeUp(IMAGES, missing=IMAGES // 2)
    tracemalloc.start()
    try:
        check, _ = portal.check(60)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (check.looked["records"], check.kept) == (IMAGES, 2)
    assert check.looked["objects"] == check.looked["versions"] == 4 * IMAGES - 2
    assert peak < 4 * 2**20

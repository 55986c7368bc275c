"""A check's memory is flat: it holds a page of each side, however many images there are."""

import tracemalloc

import pytest

from bench.consistency import MadeUp
from tests.support_slice import THOROUGH

pytestmark = pytest.mark.slow

# With four objects each, and as many versions; held at once they would be thirty megabytes, or a hundred.
IMAGES = 25_000 if THOROUGH else 5_000


def test_thousands_of_images_are_compared_in_four_megabytes() -> None:
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

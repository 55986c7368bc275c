"""A check's memory is flat: it holds a page of each side, however many images there are."""

import tracemalloc

import pytest

from bench.consistency import MadeUp

pytestmark = pytest.mark.slow

MIB = 2**20


def peak_of(images: int) -> int:
    """Bytes of Python's memory at most, in a check of so many images with four objects each."""
    portal = MadeUp(images, missing=images // 2)
    tracemalloc.start()
    try:
        check, _ = portal.check(0.5)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (check.looked["records"], check.kept) == (images, 2)
    assert check.looked["objects"] == check.looked["versions"] == 4 * images - 2
    return peak


def test_a_hundred_thousand_objects_need_no_more_than_ten_thousand() -> None:
    few, many = peak_of(2_500), peak_of(25_000)
    assert many < 8 * MIB
    assert many < few + MIB

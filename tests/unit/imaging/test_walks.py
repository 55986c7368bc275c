"""A slice of `make fuzz`: whatever the bytes, a walk over a container refuses them or keeps to its promises."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.mutations import damaged, seeds
from tests.fuzz.walkers import KINDS, check
from tests.support_slice import THOROUGH

FOUND = sorted((Path(__file__).parents[2] / "fuzz" / "found").glob("*-*"))
MAGIC = {
    "jpeg": b"\xff\xd8\xff",
    "png": b"\x89PNG\r\n\x1a\n",
    "webp": b"RIFF\x40\0\0\0WEBP",
    "gif": b"GIF89a",
    "avif": b"\0\0\0\x14ftypavif\0\0\0\0mif1",
    "heic": b"\0\0\0\x14ftypheic\0\0\0\0mif1",
}


@pytest.mark.parametrize("name", seeds())
def test_a_sound_file_is_taken(name: str) -> None:
    assert check(name.split()[0], seeds()[name])


@pytest.mark.slow
def test_a_damaged_file_is_refused_or_taken_whole() -> None:
    taken = []
    for number in range(20_000 if THOROUGH else 2000):
        name, data = damaged(number)
        taken.append(check(name.split()[0].rstrip(":"), data))
    assert set(taken) == {True, False}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_noise_is_refused_with_a_reason(kind: str) -> None:
    @settings(max_examples=300, derandomize=True, deadline=None, database=None)
    @given(st.binary(max_size=200))
    def holds(noise: bytes) -> None:
        check(kind, MAGIC[kind] + noise)

    holds()


@pytest.mark.parametrize("file", FOUND, ids=lambda file: file.name)
def test_what_once_broke_a_walk_does_so_no_more(file: Path) -> None:
    check(file.name.split("-")[0], file.read_bytes())

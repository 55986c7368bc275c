"""A slice of `python -m bench.referees`: what strict decoders agree on, the imaging agrees with."""

from collections.abc import Iterator

import pytest

from bench.mutations import damaged, seeds
from bench.referees import LEFT_OVER, SOUND, tried
from tests.support_slice import THOROUGH
from worker.imaging.sandbox import Sandbox

pytestmark = pytest.mark.slow
FILES = 2000 if THOROUGH else 100
# Their number, and why they were once judged otherwise than by both referees.
REMEMBERED = {
    29: "a damaged end of a PNG",
    126: "a PNG without an end",
    312: "a simple WebP with its pixels twice",
    609: "a simple WebP with a piece behind it that is larger than the file",
    756: "an animated PNG without an end",
    1559: "a WebP whose last pixel is read from the padding",
    1833: "a palette PNG without a palette",
    3097: "a WebP with its transparency apart from its pixels",
    3758: "noise behind a simple WebP",
}


@pytest.fixture(scope="module")
def referees() -> Iterator[Sandbox]:
    sandbox = Sandbox("bench.referees:judge")
    sandbox.held = False
    yield sandbox
    sandbox.close()


@pytest.mark.parametrize("name", seeds())
def test_a_sound_file_keeps_its_pixels(referees: Sandbox, name: str) -> None:
    case = tried(-1, name, seeds()[name], referees)
    assert set(case.words) == {SOUND}
    assert case.ours == "accepted"
    assert case.published == case.pixels


def test_damaged_files_are_judged_as_both_referees_judge_them(referees: Sandbox) -> None:
    cases = [tried(number, *damaged(number), referees) for number in [*range(FILES), *REMEMBERED]]
    assert [case for case in cases if case.wrong not in ("", LEFT_OVER)] == []
    assert {case.ours for case in cases} >= {"accepted", "corrupt", "truncated"}

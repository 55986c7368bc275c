"""What a worker finds out about its sandbox before it takes a picture."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.domain.formats import FORMATS, HEAD_BYTES, sniff
from shared.domain.refusals import Refusal, Rejected
from worker.imaging import sandbox_of_decoders, seccomp, trial
from worker.imaging.render import work

ROOT = Path(__file__).parents[3]
TRIAL = "from worker.imaging import trial; print(trial.weakness() or 'none')"


@pytest.fixture(autouse=True)
def _leave_it_as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sandbox_of_decoders, "held", sandbox_of_decoders.held)
    yield
    sandbox_of_decoders.close()


def test_there_is_a_sample_of_each_format() -> None:
    assert {sniff(one.read_bytes()[:HEAD_BYTES]) for one in trial.SAMPLES} == set(FORMATS)


@pytest.mark.skipif(bool(seccomp.missing()), reason=seccomp.missing())
def test_a_whole_sandbox_has_no_weakness_and_leaves_its_server_for_forks_of_this_process() -> None:
    assert trial.weakness() == ""
    assert sandbox_of_decoders.server_pid


def test_a_filter_that_fits_no_decoder_is_given_up_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with a C library that needs one more system call."""

    def as_here(self: object, facts: bytes, data: bytes, limits: object) -> bytes:
        if sandbox_of_decoders.held:
            raise Rejected(Refusal.CORRUPT)
        return work(facts, data)

    monkeypatch.setattr(type(sandbox_of_decoders), "run", as_here)
    monkeypatch.setattr(sandbox_of_decoders, "held", True)

    assert "can't work under its filter" in trial.weakness()
    assert not sandbox_of_decoders.held


def test_where_no_picture_can_be_opened_at_all_there_is_no_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> bytes:
        raise Rejected(Refusal.CORRUPT)

    monkeypatch.setattr(type(sandbox_of_decoders), "run", never)
    with pytest.raises(Rejected):
        trial.weakness()


@pytest.mark.slow
def test_a_kernel_without_filters_is_told_and_pictures_pass() -> None:
    command = [sys.executable, "-m", "tests.support_without_seccomp", sys.executable, "-c", TRIAL]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert (ended.stdout, ended.stderr) == (
        "the kernel has no seccomp filters for this process (Invalid argument)\n",
        "",
    )

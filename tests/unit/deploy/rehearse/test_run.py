"""Whatever happens in a rehearsal, it ends with a report."""

import json
import signal
from pathlib import Path

import pytest

from deploy.rehearse import run
from deploy.rehearse.machine.init import MARKER
from local.console import LocalError


@pytest.mark.parametrize(
    "trouble",
    [TimeoutError("not within 60 s: web-1 answers"), LocalError("web-1: a hook failed"), AssertionError()],
)
def test_trouble_between_the_checks_is_a_failed_check_and_a_report(
    trouble: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when /check-status is so slow that an instance never counts as healthy."""

    def rehearse(*_: object, **__: object) -> None:
        raise trouble

    monkeypatch.setattr(run, "BUILD", tmp_path)
    monkeypatch.setattr(run, "_rehearse", rehearse)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.delenv("MAKELEVEL", raising=False)
    monkeypatch.setenv(MARKER, "")
    assert run.main() == 1
    found = json.loads((tmp_path / "report.json").read_text())
    [failed] = [check for check in found["checks"] if not check["passed"]]
    assert failed["sentence"] == "the rehearsal goes through"
    assert str(trouble) in failed["figure"]

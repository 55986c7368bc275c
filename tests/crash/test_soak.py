"""A soak, short: forty uploads among kills and outages."""

import json
import subprocess
import sys

from local.process.program import ROOT

OF_NO_LONG_SOAK = "999"


def test_a_short_round_loses_and_doubles_nothing() -> None:
    command = [sys.executable, "-m", "tests.crash.soak", "--round", OF_NO_LONG_SOAK, "40"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["wrong"] == []
    played = told["played"]
    assert (played["uploads"], played["lost"], played["doubled"], played["orphans"]) == (40, 0, 0, 0)
    assert played["acts"]["upload"] == 40
    assert any(act.startswith("demon") for act in played["acts"])

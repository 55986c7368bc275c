"""A worker that consumes nothing ends itself, whether it can stop gently or not."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow
PROGRAM = """
import signal, sys, time
from shared.domain.receiving import Reception
from worker import alive
alive.GRACE_SECONDS = 0.2
signal.signal(signal.SIGTERM, signal.SIG_IGN if sys.argv[2] == "stuck" else lambda *_: sys.exit(0))
health = lambda: alive.WorkerHealth("w@h", "h", 1, 0.0, "1", float(sys.argv[1]), Reception.RECEIVING)
alive.Heartbeat(lambda health: None, health, 0.05, 300).start()
time.sleep(float(sys.argv[3]))
sys.exit(3)
"""


@pytest.mark.parametrize(
    ("age", "kind", "status"),
    [("301", "gentle", 0), ("301", "stuck", os.EX_TEMPFAIL), ("299", "gentle", 3), ("299", "stuck", 3)],
)
def test_it_ends_when_sqs_has_answered_no_poll_for_long(age: str, kind: str, status: int) -> None:
    patience = "20" if status != 3 else "0.5"
    ended = subprocess.run([sys.executable, "-c", PROGRAM, age, kind, patience], check=False, timeout=30)
    assert ended.returncode == status

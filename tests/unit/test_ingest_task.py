"""The worker's one task, as Celery runs it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.test_config import GOOD

ROOT = Path(__file__).parents[2]
EAGER = """
import gc
import worker.app as app
calls = []
def fails(*_):
    calls.append(1)
    raise RuntimeError("the world")
app.handle, app._parts = fails, object()
ids = {"owner": "0b6ae8a6-53a5-4b6c-9b59-5b6ab0a4a4b1", "upload_id": "01937f3a-5c1e-7d4b-9a6f-2f1c8e5b7a90"}
print("told", app.ingest_upload.apply(kwargs=ids).state, len(calls), "collects" if gc.isenabled() else "")
"""


@pytest.mark.slow
def test_a_failed_attempt_is_left_to_sqs(tmp_path: Path) -> None:
    env = os.environ | GOOD | {"TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", EAGER],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "told FAILURE 1 collects" in done.stdout


def test_kombu_comes_with_what_receives_without_blocking() -> None:
    wanted, pinned = ((ROOT / name).read_text() for name in ("requirements.in", "requirements.txt"))
    assert re.search(r"^kombu\[sqs\]==", wanted, re.M)
    assert re.search(r"^kombu\[sqs\]==", pinned, re.M)
    assert re.search(r"^pycurl==", pinned, re.M)

"""Faults that a rehearsal must find: `make rehearse-planted` rehearses with each, and fails when one is missed."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from local.console import say

ROOT = Path(__file__).resolve().parents[2]
REPORT = ROOT / "build" / "rehearse" / "report.json"


@dataclass(frozen=True)
class Planted:
    """A fault: in `file`, `right` becomes `wrong`. A rehearsal that is for it alone must fail in `part`, by `check`."""

    file: str
    right: str
    wrong: str
    part: str = ""
    check: str = ""

    def into(self, tree: Path) -> None:
        """Put it into a tree. Raises ValueError where there is nothing to make wrong."""
        file = tree / self.file
        text = file.read_text()
        if self.right not in text:
            raise ValueError(f"{self.file} has no {self.right!r} to plant a fault in")
        file.write_text(text.replace(self.right, self.wrong))


PLANTED = {
    "drain": Planted(
        ".platform/hooks/predeploy/worker-20-drain.sh",
        "KillMode=mixed",
        "KillMode=control-group",
        "stopping",
        "drained like this, no upload is begun a second time",
    ),
    "slow-check": Planted(
        "web/operators/health.py",
        '    return Response("ok\\n", mimetype="text/plain")',
        '    time.sleep(6)\n    return Response("ok\\n", mimetype="text/plain")',
        "starting",
        "the rehearsal goes through",
    ),
    "other-message": Planted(
        "shared/domain/delivery.py",
        'TASK_NAME = "',
        'TASK_NAME = "another-',
        "an upgrade",
        "an upgrade from the last release goes through",
    ),
    "open-bodies": Planted(
        ".platform/nginx/conf.d/elasticbeanstalk/web-bodies.conf",
        "auth_request ",
        "# auth_request ",
        "strangers",
        "strangers with 50 MB each are answered before their bodies",
    ),
}


def main() -> int:
    """Exit code 0 when each fault was found, by its own check."""
    missed = []
    for name, planted in PLANTED.items():
        REPORT.unlink(missing_ok=True)
        environment = {**os.environ, "PLANT": name, "PARTS": planted.part}
        command = [sys.executable, "-m", "deploy.rehearse"]
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
        found = json.loads(REPORT.read_text()) if REPORT.exists() else {"checks": []}
        failed = [check for check in found["checks"] if not check["passed"]]
        by_its_own = [check for check in failed if planted.check in check["sentence"]]
        if done.returncode == 1 and by_its_own:
            say(
                f"ok   {name} is found: {by_its_own[0]['sentence']} — {by_its_own[0]['figure'].strip()[:160]}"
            )
        else:
            missed.append(name)
            said = done.stdout[-1500:] + done.stderr[-1500:]
            say(
                f"FAIL {name} is not found (exit {done.returncode}, failed: {[c['sentence'] for c in failed]})\n{said}"
            )
    say(f"{len(PLANTED) - len(missed)} of {len(PLANTED)} planted faults were found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

"""The quick tests on every other Python of the platform's branches that this machine has: `make pythons`."""

import shutil
import subprocess
import sys

from deploy.rehearse.prepare import ROOT, snapshot
from deploy.wheels import PYTHONS


def main() -> int:
    """A line for each; exit code 1 when a test failed on one, or there is no other Python here."""
    results = {}
    for version in PYTHONS:
        python = shutil.which(f"python{version}")
        if f"{sys.version_info[0]}.{sys.version_info[1]}" == version:
            continue
        if not python:
            sys.stdout.write(f"     Python {version} is not here\n")
            continue
        tree = snapshot(ROOT / "build" / "pythons" / version)
        command = ["make", "quick", f"PYTHON={python}"]
        done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
        results[version] = done.returncode == 0
        last = next(
            (line for line in reversed(done.stdout.splitlines()) if " passed" in line), "no test has run"
        )
        sys.stdout.write(f"{'ok  ' if results[version] else 'FAIL'} Python {version}: {last}\n")
        if done.returncode:
            sys.stdout.write(done.stdout[-3000:] + done.stderr[-1500:])
    return 0 if results and all(results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())

"""Sets up what the portal needs on this machine: `python3 -m local.setup app dev cloud database browser`.

Parts: app (.venv with what the portal and its launcher run on), dev (the same, and the checks), cloud (.cloud-venv
with the local stand-in for AWS), fuzz (.fuzz-venv with a fuzzer), database (MariaDB's server program), browser
(Chromium, for tests), rehearse (nginx, HAProxy and ip), uv (what makes the environments, and `make lock` their
requirements). A part that is in order costs nothing. Runs under the system's python3 before anything is installed, so:
standard library alone.
"""

from __future__ import annotations

import signal
import sys

from local.setup.commands import SetupError, complain, side_by_side, stop_children
from local.setup.environments import ENVIRONMENTS, build_environments, stale_environments
from local.setup.packages import PACKAGES, install_packages, missing_for_environments, missing_packages


def main(arguments: list[str]) -> int:
    """Set up the named parts; exit code 1 with a clear message when that fails."""
    parts = [*ENVIRONMENTS, *PACKAGES]
    if not arguments or not set(arguments) <= set(parts):
        complain(f"Usage: python3 -m local.setup PART…  (parts: {', '.join(parts)})")
        return 2
    if sys.version_info < (3, 11):  # noqa: UP036 - this file runs under whatever python3 there is
        found = ".".join(map(str, sys.version_info[:3]))
        complain(f"Python 3.11 or newer is needed; {sys.executable} is {found}. Try make PYTHON=python3.11 …")
        return 1
    signal.signal(signal.SIGTERM, stop_children)
    try:
        stale, missing = stale_environments(arguments), missing_packages(arguments)
        if stale and (first := missing_for_environments()):
            install_packages([*first, *missing])
            missing = []
        side_by_side([lambda: install_packages(missing), lambda: build_environments(stale)])
    except SetupError as error:
        complain(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

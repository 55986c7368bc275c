"""`make rehearse`: bundles and their environment are made here, where the package index can be reached; then the
rehearsal proper goes on in a network of its own. QUICK=1: starting, large files and the tick alone; PARTS=…: the parts
whose titles begin so. LOOPBACK=1: without namespaces. OLD=…: the commit of the older version.
"""

import os
import sys

from deploy.bundle import Refused
from deploy.rehearse.machine import network
from deploy.rehearse.prepare import CURRENT, OLD, OLD_COMMIT, cut_bundles, environment
from local.console import LocalError, complain, step


def prepare() -> None:
    """Bundles and environment, or exit code 1 with the reason."""
    try:
        with step("bundles of this version, of the last, a later and a broken one"):
            os.environ[OLD_COMMIT] = cut_bundles()
        with step("environments from the bundles' requirements.txt"):
            for version in (CURRENT, OLD):
                environment(version.web)
    except (LocalError, Refused, OSError) as error:
        complain(str(error))
        sys.exit(1)


def go_on() -> None:
    """Become the rehearsal proper, whose exit code is 0 when every check passed."""
    os.environ.pop(network.ENTERED, None)
    if os.environ.get("LOOPBACK") != "1" and network.possible():
        network.enter("deploy.rehearse.run")
    command = [sys.executable, "-m", "deploy.rehearse.run"]
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    prepare()
    go_on()

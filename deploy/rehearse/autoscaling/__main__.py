"""`make rehearse-autoscaling`: the web bundle is cut and its environment made here, where the package index can be
reached; then the rehearsal goes on in a network of its own. BUNDLE=file.zip: another web bundle. LOOPBACK=1: without
namespaces, with the balancer's counters in the place of network cards."""

import os
import shutil
import sys
from pathlib import Path
from typing import NoReturn

from deploy.bundle import Refused
from deploy.rehearse.autoscaling.live import BUNDLE, FOLDER
from deploy.rehearse.machine import network
from deploy.rehearse.prepare import cut_one, environment, snapshot
from local.console import LocalError, complain, step


def main() -> int:
    """Exit code 0 when every check passed; 1 also when preparing failed."""
    try:
        FOLDER.mkdir(parents=True, exist_ok=True)
        with step("web bundle"):
            if given := os.environ.get("BUNDLE"):
                shutil.copyfile(Path(given), BUNDLE)
            else:
                cut_one(snapshot(FOLDER / "tree"), "web", BUNDLE)
        with step("environment from the bundle's requirements.txt"):
            environment(BUNDLE)
    except (LocalError, Refused, OSError) as error:
        complain(str(error))
        return 1
    return go_on()


def go_on() -> NoReturn:
    """Become the rehearsal proper."""
    os.environ.pop(network.ENTERED, None)
    if os.environ.get("LOOPBACK") != "1" and network.possible():
        network.enter("deploy.rehearse.autoscaling.live")
    os.execv(sys.executable, [sys.executable, "-m", "deploy.rehearse.autoscaling.live"])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    sys.exit(main())

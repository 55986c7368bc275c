"""`make run`: the whole portal in the foreground, until Ctrl-C or SIGTERM."""

import os
import signal
import sys

from local import settings as run_settings
from local.console import LocalError, complain, say
from local.launcher import Launcher
from local.process.kernel import set_death_signal
from local.process.leftovers import stop_leftovers
from local.process.lock import DirectoryLock
from local.process.stop_requests import Stopped, StopRequests
from local.settings import RunSettings


def main() -> int:
    """Exit code 0 after a stop that was asked for, 1 after a failure, 128 + signal when stopped while starting."""
    requests = StopRequests()
    requests.install()
    if "MAKELEVEL" in os.environ:
        # Started by make: when make is killed, nobody could stop the portal any more.
        set_death_signal(signal.SIGTERM)
    try:
        settings = run_settings.load(os.environ)
        with DirectoryLock(settings.directory):
            return _run(settings, requests)
    except (LocalError, OSError) as error:
        complain(str(error))
        return 1


def _run(settings: RunSettings, requests: StopRequests) -> int:
    if names := stop_leftovers(settings.directory):
        say(f"Stopped what an earlier run left behind: {', '.join(names)}")
    run_settings.check_ports(settings)
    launcher = Launcher(settings, requests)
    try:
        launcher.start()
        launcher.watch()
    except Stopped:
        return 128 + requests.number
    finally:
        if requests.count:
            say("Stopping…")
        launcher.stop()
    say("Stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

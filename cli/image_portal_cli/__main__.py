"""`image-portal`: see `image-portal --help` and docs/cli.md."""

import os
import signal
import sys
from collections.abc import Mapping

from image_portal_cli import commands
from image_portal_cli.arguments import parser
from image_portal_cli.faults import Fault, Refusal, Stopped

COMMANDS = {
    "login": commands.login,
    "logout": commands.logout,
    "status": commands.status,
    "upload": commands.upload,
}


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """The exit code of a command line; argparse itself exits with 2 when it can't be used."""
    options = parser().parse_args(arguments)
    try:
        return COMMANDS[options.command](options, environ)
    except Fault as fault:
        print(fault, file=sys.stderr)
        return fault.exit_code
    except KeyboardInterrupt:
        return Stopped.exit_code
    except (Refusal, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def run() -> None:
    """The console script. SIGTERM stops it as Ctrl-C does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main(sys.argv[1:], os.environ))


if __name__ == "__main__":
    run()

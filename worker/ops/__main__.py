"""`python -m worker.ops COMMAND`: what the operators' pages do, for a terminal and for cron."""

import argparse
import json
import os
import sys
from datetime import datetime
from typing import Any

from shared.bootstrap import worker_parts
from shared.config import ConfigurationError, WorkerSettings, load
from shared.logs import configure_logs
from shared.ports.unavailable import Unavailable
from worker.ops import audit, consistency, dead_letters, failed, forecast, receiving, reingest, status, upload
from worker.ops.command import Command

ROOMS: tuple[tuple[Command, ...], ...] = (
    audit.COMMANDS,
    consistency.COMMANDS,
    dead_letters.COMMANDS,
    failed.COMMANDS,
    forecast.COMMANDS,
    upload.COMMANDS,
    receiving.COMMANDS,
    reingest.COMMANDS,
    status.COMMANDS,
)
COMMANDS = {command.name: command for room in ROOMS for command in room}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m worker.ops", description=__doc__)
    words = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS.values():
        word = words.add_parser(command.name, help=command.help, description=command.help)
        word.add_argument("--json", action="store_true", help="a JSON object a line")
        command.arguments(word)
    return parser


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def main(arguments: list[str]) -> int:
    """Exit code 0 when all is well; 1 when what was asked for is unknown, undone or away; 2 for bad arguments or a bad
    configuration. A reader that has had enough (`| head`) ends it well."""
    given = _parser().parse_args(arguments)
    try:
        settings = load(WorkerSettings, os.environ)
        configure_logs(settings.log_level)
        answer = COMMANDS[given.command].run(worker_parts(settings), given)
        for row in answer.rows:
            print(json.dumps(dict(row), default=_plain) if given.json else answer.told(row), flush=True)
    except ConfigurationError as error:
        print(f"Stopped: {error}", file=sys.stderr)
        return 2
    except Unavailable as error:
        print(f"Stopped: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # what Python flushes at its end goes nowhere
        return 0
    return answer.status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

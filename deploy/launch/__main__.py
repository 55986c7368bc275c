"""`python -m deploy.launch up STAGE` and `down STAGE`: exit code 0 when done, 1 with the reason, 2 for a misuse."""

import argparse
import os
import sys

from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from deploy.launch import blue_green
from deploy.launch.account import Account
from deploy.launch.down import down
from deploy.launch.stacks import Failed
from deploy.launch.stage import Refused, read_stage
from deploy.launch.up import Hands, Wishes, plan, up
from local.console import complain, say


def agree(question: str) -> bool:
    """Ask a person; YES=1 answers for them. Raises Refused where nobody can be asked."""
    if os.environ.get("YES") == "1":
        say(f"{question} yes (YES=1)")
        return True
    if not sys.stdin.isatty():
        raise Refused(f"{question} Nobody is here to say so: YES=1 agrees beforehand.")
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


def main(arguments: list[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="make deploy STAGE=…", description="Deploys a stage of the portal, or takes one away."
    )
    ways = parser.add_subparsers(dest="way", required=True)
    upward = ways.add_parser("up", prog="make deploy STAGE=…")
    upward.add_argument("stage")
    upward.add_argument("--dry-run", action="store_true", help="say what would be done; needs no account")
    upward.add_argument(
        "--replace-data", action="store_true", help="agree to replace what holds data, for a restore"
    )
    upward.add_argument(
        "--ignore-alarms", action="store_true", help="go on while alarms ring, and whatever they do"
    )
    upward.add_argument(
        "--blue-green", action="store_true", help="a second web environment, which takes the name"
    )
    upward.add_argument(
        "--alarm-minutes", type=int, default=5, help="watch them so long after an update (default: 5)"
    )
    downward = ways.add_parser("down", prog="make destroy STAGE=…")
    downward.add_argument("stage")
    downward.add_argument("--data", action="store_true", help="also what holds data")
    downward.add_argument("--erase", default="", metavar="STAGE", help="the stage again: for good")
    given = parser.parse_args(arguments)
    hands = Hands(say, agree)
    try:
        stage = read_stage(given.stage)
        if given.way == "up" and given.dry_run:
            plan(stage, hands)
            return 0
        account = Account(Session(), stage.region)
        if given.way == "down":
            down(account, stage, hands, data=given.data, erase=given.erase)
            return 0
        how = blue_green.environments if given.blue_green else None
        wishes = Wishes(given.replace_data, given.alarm_minutes, given.ignore_alarms)
        say(f"\n{stage.portal} answers: {up(account, stage, wishes, hands, how)}")
    except (Refused, Failed, ClientError, BotoCoreError, OSError) as error:
        complain(str(error))
        return 1
    except KeyboardInterrupt:
        complain("Stopped. What CloudFormation has begun goes on; the same command looks at it again.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

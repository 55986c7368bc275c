"""The command line: `image-portal login | logout | status | upload`."""

import argparse
from typing import TypeAlias
from urllib.parse import urlsplit

from image_portal_cli.faults import UsageFault

EXIT_CODES = """exit codes:
  0    every image of the folder is published (with --no-wait: accepted)
  1    some were refused, or failed
  2    the command can't be used like that
  3    not logged in
  4    the portal is away
  130  interrupted; the same command goes on from there"""
MOST_AT_ONCE = 16
# argparse has no public name for what add_subparsers returns.
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def parser() -> argparse.ArgumentParser:
    """The whole command line. Portals may be left out: then IMAGE_PORTAL_URL counts, or the only log-in there is."""
    whole = argparse.ArgumentParser(
        prog="image-portal",
        description="Uploads folders of images to an Image Portal, each image once.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    login = _command(
        commands, "login", "log in; the password is asked for, or read from IMAGE_PORTAL_PASSWORD"
    )
    login.add_argument("--username", help="asked for when it is left out")
    _command(commands, "logout", "end the session, here and at the portal")
    status = _command(commands, "status", "who is logged in where, and how far a folder is")
    status.add_argument("directory", nargs="?", metavar="DIR", help="a folder that was uploaded from")
    _upload(_command(commands, "upload", "upload the images of a folder"))
    return whole


def portal_address(text: str) -> str:
    """An address without a slash at its end; raises UsageFault when it is none."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.username:
        raise UsageFault(f"«{text}» is no portal's address. It looks like https://portal.example")
    return text.rstrip("/")


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, text: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(
        name,
        help=text,
        description=f"{text[0].upper()}{text[1:]}.",
        epilog=EXIT_CODES if name == "upload" else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_argument("--portal", metavar="URL", help="default: IMAGE_PORTAL_URL, or the only log-in")
    return command


def _upload(upload: argparse.ArgumentParser) -> None:
    upload.add_argument("directory", metavar="DIR")
    upload.add_argument("--caption", default="", help="for every image; hashtags are read from it")
    upload.add_argument(
        "--licence",
        default="",
        help="all-rights-reserved, cc0, cc-by, cc-by-sa, cc-by-nc or cc-by-nd; default: as chosen for your account",
    )
    upload.add_argument(
        "--album",
        default="",
        metavar="TITLE",
        help="put every image into this album of yours; made if there is none",
    )
    upload.add_argument(
        "--recursive", action=argparse.BooleanOptionalAction, default=True, help="folders inside, too"
    )
    upload.add_argument(
        "--again", action="store_true", help="send also what the portal has as images of yours"
    )
    upload.add_argument(
        "--parallel", type=_number(1, MOST_AT_ONCE), default=3, metavar="N", help="files at once (3)"
    )
    upload.add_argument(
        "--retries", type=_number(0, 100), default=7, metavar="N", help="repeats of a request (7)"
    )
    upload.add_argument(
        "--wait",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="until images are published or refused",
    )
    upload.add_argument("--report", metavar="FILE", help="write a JSON report")
    upload.add_argument("--json", action="store_true", help="print the JSON report")
    upload.add_argument("--quiet", action="store_true", help="no progress")


class _number:  # noqa: N801 - used as a function
    """Whole numbers of a range, as argparse's `type`."""

    def __init__(self, least: int, most: int) -> None:
        self._least, self._most = least, most

    def __call__(self, text: str) -> int:
        if text.isascii() and text.isdigit() and self._least <= int(text) <= self._most:
            return int(text)
        raise argparse.ArgumentTypeError(f"a number from {self._least} to {self._most}")

"""The remedies' table of docs/reliability.md."""

import re
from collections.abc import Mapping

from tests.remedies.all import REMEDIES
from tests.remedies.remedy import ROOT, Remedy

PAGE = ROOT / "docs/reliability.md"
HEAD = "| promise | without it fails | noticed |\n|---|---|---|\n"
TABLE = re.compile(rf"{re.escape(HEAD)}((?:\| .* \|\n)+)\n(\d+ remedies.*)\n")


def row(remedy: Remedy, *, noticed: bool) -> str:
    """A remedy's line."""
    return f"| {remedy.promise} (`{remedy.file}`) | `{remedy.test}` | {'yes' if noticed else '**no**'} |\n"


def write_table(noticed: Mapping[str, bool]) -> None:
    """Write it anew, by each promise whether its test noticed."""
    rows = "".join(row(remedy, noticed=noticed[remedy.promise]) for remedy in REMEDIES)
    last = f"{len(noticed)} remedies, {sum(noticed.values())} noticed."
    PAGE.write_text(TABLE.sub(lambda _: f"{HEAD}{rows}\n{last}\n", PAGE.read_text()))

"""Simulated days: `python -m deploy.rehearse.autoscaling.simulate` prints the tables and writes build/autoscaling.json.

With --write-docs the same tables replace those in docs/autoscaling.md.
"""

import argparse
import json
import sys
from pathlib import Path

from deploy.rehearse.autoscaling.policy import NotUnderstood
from deploy.rehearse.autoscaling.tables import figures, in_page, markdown

ROOT = Path(__file__).resolve().parents[3]


def main() -> int:
    """Exit code 1 when the shipped settings are not understood."""
    parser = argparse.ArgumentParser(
        description="Simulates days of the shipped scaling policies and of others."
    )
    parser.add_argument(
        "--write-docs", action="store_true", help="also put the tables into docs/autoscaling.md"
    )
    options = parser.parse_args()
    try:
        found = figures(ROOT)
    except NotUnderstood as error:
        sys.stderr.write(f"{error}\n")
        return 1
    tables = markdown(found)
    sys.stdout.write(f"{tables}\n")
    file = ROOT / "build" / "autoscaling.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(found, indent=1) + "\n")
    if options.write_docs:
        page = ROOT / "docs" / "autoscaling.md"
        page.write_text(in_page(page.read_text(), tables))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What an upload came to: JSON for programs, lines for people, and an exit code for both."""

from collections import Counter
from dataclasses import asdict
from typing import Any

from image_portal_cli.entries import ACCEPTED, ALREADY_THERE, PUBLISHED, TAKEN_BACK, Entry

ALL_PUBLISHED, SOME_NOT = 0, 1


def exit_code(entries: list[Entry], *, wait: bool) -> int:
    """0 when every image of the folder is there (with `wait` False: accepted), whichever run did it; else 1."""
    good = {PUBLISHED, ALREADY_THERE, TAKEN_BACK} | (set() if wait else {ACCEPTED})
    return ALL_PUBLISHED if all(entry.status in good for entry in entries) else SOME_NOT


def as_json(
    entries: list[Entry], *, portal: str, username: str, folder: str, seconds: float
) -> dict[str, Any]:
    """The report. A file without a status was not reached."""
    return {
        "portal": portal,
        "username": username,
        "directory": folder,
        "seconds": round(seconds, 1),
        "counts": dict(Counter(entry.status or "not_reached" for entry in entries)),
        "earlier": sum(entry.earlier for entry in entries),
        "files": [asdict(entry) for entry in entries],
    }


def as_lines(report: dict[str, Any]) -> list[str]:
    """A summary, and every file that is not published with the reason."""
    counts = ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in report["counts"].items())
    earlier = f", {report['earlier']} of them by an earlier run" if report["earlier"] else ""
    lines = [f"{len(report['files'])} images: {counts or 'nothing to do'}{earlier} ({report['seconds']} s)"]
    for file in report["files"]:
        if file["code"]:
            lines.append(f"  {file['status']:<8} {file['path']}: {file['message']} ({file['code']})")
    return lines

"""How sizes, times and numbers read on a page."""

from datetime import datetime

from flask import Flask
from markupsafe import Markup


def install(app: Flask) -> None:
    """Make them templates' filters."""
    app.jinja_env.filters.update(filesize=filesize, when=when, number=number)


def filesize(size_bytes: int) -> str:
    """4400000 → «4.2 MB» (binary megabytes, as the limits are)."""
    size = float(size_bytes)
    for unit in ("bytes", "kB", "MB"):
        if size < 1024 or unit == "MB":
            break
        size /= 1024
    return f"{size:.0f} {unit}" if unit == "bytes" or size >= 100 else f"{size:.1f} {unit}"


def when(moment: datetime) -> Markup:
    """A `<time>` with friendly text."""
    friendly = f"{moment.day} {moment:%B %Y, %H:%M} UTC"
    return Markup('<time datetime="{}">{}</time>').format(moment.isoformat(timespec="seconds"), friendly)


def number(value: float) -> str:
    """1204 → «1,204»."""
    return f"{value:,.0f}"

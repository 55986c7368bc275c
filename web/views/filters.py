"""How sizes, times and numbers read on a page."""

from datetime import datetime

from flask import Flask
from markupsafe import Markup

from shared.domain.sizes import filesize


def install(app: Flask) -> None:
    """Make them templates' filters."""
    app.jinja_env.filters.update(filesize=filesize, when=when, number=number)


def when(moment: datetime) -> Markup:
    """A `<time>` with friendly text."""
    friendly = f"{moment.day} {moment:%B %Y, %H:%M} UTC"
    return Markup('<time datetime="{}">{}</time>').format(moment.isoformat(timespec="seconds"), friendly)


def number(value: float) -> str:
    """1204 → «1,204»."""
    return f"{value:,.0f}"

"""To the log-in page, and back to where a person was."""

import re
from urllib.parse import quote, urlsplit

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

_OWN_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")  # printable ASCII without space and backslash


def to_login() -> Response:
    """To the log-in page, and from there back to the page that was asked for."""
    back = request.full_path.rstrip("?") if request.method == "GET" else request.path
    return redirect(f"{url_for('account.login')}?next={quote(back, safe='/')}", 303)


def own_path(target: str) -> str:
    """`target` when it is a path on this site, else the feed. Allow-list: other forms have ways around them."""
    if not _OWN_PATH.fullmatch(target):
        return "/"
    parts_of = urlsplit(target)
    return target if not parts_of.scheme and not parts_of.netloc else "/"

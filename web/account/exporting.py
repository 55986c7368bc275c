"""Sending somebody their archive: the page's button, and the API's route."""

from collections.abc import Generator, Iterator
from functools import partial
from typing import Any

import structlog
from flask import Blueprint, Response, after_this_request, redirect, request, url_for

from shared.ports.sessions import Viewer
from shared.ports.unavailable import Unavailable
from web.account.export import Export
from web.http.api import Access, Answer, Routes
from web.http.guards import login_required
from web.http.parts import memory, parts
from web.http.problems import Problem
from web.http.security_log import note
from web.http.sessions import access_token
from web.http.slots import Slots

bp = Blueprint("export", __name__)
routes = Routes()
log = structlog.get_logger(__name__)
ZIP = "application/zip"
RETRY_SECONDS = 120


class Sending:
    """An archive on its way. Whoever iterates over it closes it in the end, which gives its place back."""

    def __init__(self, export: Export, viewer: Viewer, slots: Slots) -> None:
        self._pieces = self._logged(export)
        self._viewer = viewer
        self._slots = slots

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def _logged(self, export: Export) -> Generator[bytes, None, None]:
        try:
            yield from export
        except Unavailable as error:
            log.warning("an export was cut off", owner=str(self._viewer.owner), error=str(error))
            raise

    def close(self) -> None:
        """WSGI's word that nobody reads on."""
        self._slots.give_back(self._viewer.owner)
        self._pieces.close()


def send(viewer: Viewer) -> Sending:
    """The viewer's archive, as a file. Raises a 409 Problem while they have one under way, and a 429 one while others
    fill all places."""
    slots = memory().exports
    export = Export(parts(), viewer, parts().own_account.email(access_token()))
    if slots.take(viewer.owner):
        note("export of an account", owner=str(viewer.owner))
        after_this_request(partial(_as_file, viewer.username))
        return Sending(export, viewer, slots)
    if slots.holds(viewer.owner):
        raise Problem(409, "export_running", "Your export is on its way already. Wait until it has ended.")
    raise Problem(
        429,
        "too_many_requests",
        "Several people export their images at the moment. Try again in a few minutes.",
        retry_after=RETRY_SECONDS,
    )


def _as_file(username: str, response: Response) -> Response:
    response.headers["Content-Disposition"] = f'attachment; filename="image-portal-{username}.zip"'
    response.headers["X-Accel-Buffering"] = "no"  # nginx would write a gigabyte of it to its disk
    return response


@bp.get("/account/export")
@login_required
def download(me: Viewer) -> Any:
    """The archive as a file. Looking ahead (HEAD, a link from another site's page) makes none."""
    if request.method == "HEAD" or request.headers.get("Sec-Fetch-Site") == "cross-site":
        return redirect(url_for("own_account.page"), 303)
    return Response(send(me), mimetype=ZIP)


@routes.add(
    "GET",
    "/account/export",
    access=Access.PERSON,
    answer=Answer(200, "A ZIP archive, made while it is sent.", media_type=ZIP),
    problems=("export_running", "too_many_requests"),
)
def export_account(viewer: Viewer) -> Sending:
    """Export everything of yours.

    `images/` has your originals as anybody downloads them. `account.json`, `images.json` (with captions, hashtags,
    licences and their history), `uploads.json` (with timelines), `downloads.json`, `albums.json`, `links.json`,
    `requests.json` and `notices.json` have the records; `left-out.json` names what was taken back while the archive was
    made. An archive without its end was cut off: ask for it again.
    """
    return send(viewer)

"""Deleting one's account: the commit point, and as much of the rest as a person should not wait a minute for.

The worker tier's sweep does what is left (`worker/closing.py`).
"""

import structlog

from shared.parts import WebParts
from shared.ports.identity import IdentityRefused, IdentityUnavailable
from shared.ports.sessions import Viewer
from shared.ports.unavailable import CatalogueUnavailable
from web.account.ending import proven
from web.http.security_log import note

log = structlog.get_logger(__name__)
BATCH, BATCHES_AT_ONCE = 100, 3  # uploads in one transaction; a page waits for no more


def begin_closing(parts: WebParts, viewer: Viewer, password: str, code: str) -> None:
    """Delete the viewer's account, for who can prove it is theirs.

    Raises as `proven`, or CatalogueUnavailable, and then nothing has happened. May be repeated.
    """
    proof = proven(parts, viewer, password, code)
    parts.closing.begin(viewer.owner, viewer.username)
    note("end of an account", owner=str(viewer.owner))
    try:
        for _ in range(BATCHES_AT_ONCE):
            if not parts.closing.take_back(viewer.owner, BATCH):
                break
        parts.own_account.end_sessions(proof)
    except (CatalogueUnavailable, IdentityRefused, IdentityUnavailable) as error:
        log.warning("the sweep goes on with an account's deletion", owner=str(viewer.owner), error=str(error))

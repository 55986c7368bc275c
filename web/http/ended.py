"""Sessions that were ended from elsewhere: by «sign out everywhere», a new password, or the account's end."""

import structlog

from shared.ports.sessions import Viewer
from shared.ports.unavailable import CatalogueUnavailable
from web.http.parts import memory, parts

log = structlog.get_logger(__name__)


def has_ended(viewer: Viewer) -> bool:
    """Whether this session began before its owner ended all of them: one look-up by a primary key.

    While the database doesn't answer, what this process remembers decides, else the token alone: accepting uploads must
    not need the database. The provider has revoked the session too, so that it ends with its access token at most.
    """
    try:
        moment = parts().account_records.sessions_ended_at(viewer.owner)
    except CatalogueUnavailable as error:
        log.warning("a session is admitted by its token alone", error=str(error))
        moment = memory().session_ends.get(viewer.owner, lambda: None)
    else:
        if moment is not None:
            memory().session_ends.put(viewer.owner, moment)
    return moment is not None and viewer.since <= moment

"""Sessions that were ended: by log-out or from elsewhere, one or all, by a new password or the account's end."""

import structlog

from shared.ports.session_records import Ends
from shared.ports.sessions import Viewer
from shared.ports.unavailable import CatalogueUnavailable
from web.http.parts import memory, parts

log = structlog.get_logger(__name__)


def has_ended(viewer: Viewer) -> bool:
    """Whether this session was ended, or began before its owner ended all of them: one look-up by primary keys.

    While the database doesn't answer, what this process remembers decides, else the token alone: accepting uploads must
    not need the database. The provider has revoked the session too, so that it ends with its access token at most.
    """
    try:
        ends = parts().session_records.ends(viewer.owner, viewer.session)
    except CatalogueUnavailable as error:
        log.warning("a session is admitted by its token alone", error=str(error))
        moment = memory().session_ends.get(viewer.owner, lambda: None)
        ends = Ends(moment, str(viewer.session) in memory().ended_sessions)
    else:
        if ends.moment is not None:
            memory().session_ends.put(viewer.owner, ends.moment)
        if ends.ended:
            memory().ended_sessions.put(str(viewer.session), True)
    return ends.ended or (ends.moment is not None and viewer.since <= ends.moment)

"""For the proxy in front: whether it may take in a body before the application sees the request.

nginx asks with the request's cookies and headers alone, for each request that carries files
(.platform/nginx/conf.d/elasticbeanstalk/web-bodies.conf). Nobody reaches this through it.
"""

import structlog
from flask import Blueprint, Response

from shared.ports.identity import IdentityRefused, IdentityUnavailable
from web.http.guards import open_to_all
from web.http.problems import Problem, document, not_logged_in, refused
from web.http.sessions import viewer_by_token

bp = Blueprint("check", __name__)
log = structlog.get_logger(__name__)


@bp.get("/check-session")
@open_to_all
def check_session() -> Response:
    """204 when it is known who asks; 401 when not, with the API's answer in `X-Problem`; 503 when that can't be told.

    None has a body. A session whose access token has ended is renewed to know that it can be; the request that nginx
    then passes on renews it again, and is the one whose answer brings the browser its new token. It is also that one
    which finds a session to be ended from elsewhere: this check asks no database.
    """
    try:
        problem = None if viewer_by_token() else not_logged_in()
    except IdentityRefused as refusal:
        problem = refused(refusal)
    except Problem as unusable:
        problem = unusable
    except IdentityUnavailable as error:
        log.warning("it can't be told who asks", error=str(error))
        return Response(status=503)
    return Response(status=401, headers={"X-Problem": document(problem)}) if problem else Response(status=204)

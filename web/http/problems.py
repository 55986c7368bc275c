"""Errors as people and programs see them: a sentence and, for the API, RFC 9457 problem+json with a stable code."""

import secrets
from collections.abc import Mapping
from http import HTTPStatus

import structlog
from flask import Flask, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from shared.domain.refusals import Refusal
from shared.ports.identity import CodeNeeded, IdentityRefused
from shared.ports.unavailable import Unavailable
from web.http.problem_titles import TITLES, TITLES_OF_CODES
from web.http.schema import ProblemDetails
from web.http.security_log import REFUSED, note

log = structlog.get_logger(__name__)
RETRY_AFTER_SECONDS = 30

STATUS_OF_REFUSAL = {
    "username_taken": 409,
    "email_taken": 409,
    "code_mismatch": 400,
    "code_expired": 400,
    "code_used": 400,
    "no_passkey": 400,
    "passkey_refused": 400,
    "bad_credentials": 401,
    "invalid_token": 401,
    "login_expired": 401,
    "account_closing": 403,
    "not_confirmed": 403,
    "challenge": 403,
    "code_needed": 403,
    "password_reset_required": 403,
    "too_many_requests": 429,
    "weak_password": 422,
    "invalid_parameter": 422,
    "mail_failed": 422,
}


class Problem(Exception):
    """An answer other than success. `code` is stable; `detail` is a sentence for people. `changed`: fields that are
    otherwise than the sender has seen, with their present values; `etag`: of what stands; `session`: of a log-in that
    waits for its second step."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        retry_after: int | None = None,
        changed: Mapping[str, str] | None = None,
        etag: str | None = None,
        session: str | None = None,
    ) -> None:
        self.status = status
        self.code = code
        self.detail = detail
        self.retry_after = retry_after
        self.changed = changed
        self.etag = etag
        self.session = session
        super().__init__(f"{status} {code}: {detail}")


def refused(refusal: IdentityRefused) -> Problem:
    """The answer to an identity provider's no."""
    session = refusal.session if isinstance(refusal, CodeNeeded) else None
    status = STATUS_OF_REFUSAL[refusal.code]
    return Problem(status, refusal.code, refusal.detail, session=session, retry_after=refusal.retry_after)


def refuse(why: Refusal, detail: str | None = None, **facts: object) -> Problem:
    """The answer to what can't be taken: with its own sentence, whose braces `facts` fill, or with `detail`."""
    return Problem(_status_of(why), why, detail or why.sentence.format(**facts))


def _status_of(why: Refusal) -> int:
    """A refusal without a status doesn't pass the type check."""
    match why:
        case Refusal.INCOMPLETE:
            return 400
        case Refusal.TOO_SLOW:
            return 408
        case Refusal.OVER_QUOTA | Refusal.ALBUM_FULL:
            return 409
        case Refusal.TOO_LARGE:
            return 413
        case Refusal.UNSUPPORTED_TYPE:
            return 415
        case (
            Refusal.ALT_TOO_LONG
            | Refusal.BARRED
            | Refusal.CAPTION_TOO_LONG
            | Refusal.CORRUPT
            | Refusal.DESCRIPTION_TOO_LONG
            | Refusal.DISCARDED
            | Refusal.EMPTY
            | Refusal.IDEMPOTENCY_KEY_REUSED
            | Refusal.INVALID_IDEMPOTENCY_KEY
            | Refusal.NOT_AN_IMAGE
            | Refusal.ONE_FILE
            | Refusal.SIDE_TOO_LONG
            | Refusal.TITLE_TOO_LONG
            | Refusal.TOO_EXPENSIVE
            | Refusal.TOO_MANY_CHUNKS
            | Refusal.TOO_MANY_FILES
            | Refusal.TOO_MANY_FRAMES
            | Refusal.TOO_MANY_PIXELS
            | Refusal.TOO_MANY_SCANS
            | Refusal.TRUNCATED
            | Refusal.UNKNOWN_ALBUM
            | Refusal.UNKNOWN_LICENCE
        ):
            return 422


def not_found(what: str = "This page") -> Problem:
    """404, also for what exists but is not the asker's to know."""
    return Problem(404, "not_found", f"{what} does not exist, or is not yours to see.")


def not_logged_in() -> Problem:
    """401 for who isn't known."""
    return Problem(401, "not_logged_in", "This needs a verified, logged-in user.")


def not_operator() -> Problem:
    """403 for who isn't one."""
    return Problem(403, "not_operator", "This is for the portal's operators.")


def not_moderator() -> Problem:
    """Likewise."""
    return Problem(403, "not_moderator", "This is for the portal's moderators.")


def second_step_required() -> Problem:
    """403 for a member whose group needs a second step."""
    return Problem(403, "second_step_required", "Your group needs a second step at log-in. Set it up first.")


def install(app: Flask) -> None:
    """Answer every kind of failure in the product's own way."""
    app.register_error_handler(Problem, answer)
    app.register_error_handler(IdentityRefused, lambda refusal: answer(refused(refusal)))
    app.register_error_handler(Unavailable, _unavailable)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _ours)


def _unavailable(error: Unavailable) -> Response:
    log.warning("a part of the world is unavailable", kind=type(error).__name__, error=str(error))
    detail = "A part of the portal is not reachable at the moment. Nothing is lost; try again shortly."
    return answer(Problem(503, "unavailable", detail, retry_after=RETRY_AFTER_SECONDS))


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if isinstance(error, RequestEntityTooLarge):
        return answer(refuse(Refusal.TOO_LARGE, "This request is larger than the portal takes."))
    detail = "This page does not exist." if status == 404 else (error.description or "")
    problem = Problem(status, HTTPStatus(status).phrase.lower().replace(" ", "_"), detail)
    response = answer(problem)
    if status == 405:
        response.headers["Allow"] = ", ".join(getattr(error, "valid_methods", None) or [])
    return response


def _ours(error: Exception) -> Response:
    reference = secrets.token_hex(4).upper()
    log.error("unexpected error", reference=reference, exc_info=error)
    detail = "Something went wrong on our side. Nothing you sent was accepted."
    return answer(Problem(500, "internal_error", detail), reference)


def title(problem: Problem) -> str:
    """What the kind of problem is called."""
    by_status = TITLES.get(problem.status, HTTPStatus(problem.status).phrase)
    return TITLES_OF_CODES.get(problem.code, by_status)


def document(problem: Problem, reference: str | None = None) -> str:
    """The problem as problem+json, in ASCII."""
    details = ProblemDetails(
        title=title(problem),
        status=problem.status,
        code=problem.code,
        detail=problem.detail,
        reference=reference,
        changed=None if problem.changed is None else dict(problem.changed),
        session=problem.session,
    )
    return details.model_dump_json(ensure_ascii=True)


def answer(problem: Problem, reference: str | None = None) -> Response:
    """The response for a problem: JSON under /api/, a page elsewhere."""
    if problem.code in REFUSED:
        note("refused", "refused", code=problem.code, path=request.path)
    if request.path.startswith("/api/"):
        response = make_response(document(problem, reference), problem.status)
        response.content_type = "application/problem+json"
        if problem.status == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
    else:
        page = render_template(
            "error.html",
            status=problem.status,
            title=title(problem),
            detail=problem.detail,
            reference=reference,
            retry_after=problem.retry_after,
        )
        response = make_response(page, problem.status)
    if problem.etag:
        response.headers["ETag"] = problem.etag
    if problem.retry_after:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response

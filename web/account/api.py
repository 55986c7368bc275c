"""Sign-up, verification and log-in."""

from shared.domain.accounts import code_as_typed
from shared.ports.identity import IdentityRefused
from web.account.ending import answer as answer_second_step
from web.account.ending import end_one
from web.account.ending import log_in as begin_session_of
from web.account.schema import (
    Confirmation,
    LogIn,
    LogOut,
    Renewal,
    SecondStep,
    Session,
    SessionRequest,
    SignedUp,
    SignUp,
)
from web.http.api import Access, Answer, Routes
from web.http.parts import parts
from web.http.problems import Problem
from web.http.sealing import opened
from web.http.sessions import REFRESH, SealedTokens, goes_on_with, started

routes = Routes()


@routes.add(
    "POST",
    "/signup",
    access=Access.OPEN,
    answer=Answer(201, "Created; the code is on its way.", SignedUp),
    problems=(
        "username_taken",
        "email_taken",
        "invalid_username",
        "invalid_email",
        "weak_password",
        "invalid_parameter",
        "mail_failed",
        "too_many_requests",
    ),
)
def signup(body: SignUp) -> SignedUp:
    """Create an account.

    A code is mailed to the address; the account can't be used before it is confirmed.
    """
    sent_to = parts().accounts.sign_up(body.username, body.email, body.password)
    return SignedUp(username=body.username, code_sent_to=sent_to)


@routes.add(
    "POST",
    "/confirm",
    access=Access.OPEN,
    answer=Answer(204, "Verified; log in now."),
    problems=("code_mismatch", "invalid_parameter", "too_many_requests"),
)
def confirm(body: Confirmation) -> None:
    """Verify the e-mail address with the mailed code.

    Of a code that is wrong, too old or used, and of an account that is verified or that there isn't, the answer is the
    same: `code_mismatch`.
    """
    parts().accounts.confirm(body.username, code_as_typed(body.code))


@routes.add(
    "POST",
    "/session",
    access=Access.OPEN,
    answer=Answer(200, "Tokens.", Session),
    problems=(
        "bad_credentials",
        "invalid_token",
        "account_closing",
        "not_confirmed",
        "code_needed",
        "code_mismatch",
        "code_used",
        "login_expired",
        "challenge",
        "password_reset_required",
        "too_many_requests",
    ),
)
def log_in(body: SessionRequest) -> Session:
    """Log in, or go on with a refresh token.

    The access token goes into `Authorization: Bearer …` of every other call. With `refresh_token` alone instead of
    name and password, the session goes on with a new access token.

    Where the account has a second step, the right password is answered with 403 `code_needed`: send `username`, the
    `session` of that answer and the app's `code` within three minutes. A wrong code leaves the session good.
    """
    try:
        return Session.of(_tokens(body))
    except IdentityRefused as refusal:
        if refusal.code in ("invalid_parameter", "weak_password"):  # what can't be a password is a wrong one
            raise Problem(401, "bad_credentials", "User name or password is wrong.") from refusal
        raise


def _tokens(body: LogIn | SecondStep | Renewal) -> SealedTokens:
    if isinstance(body, SecondStep):
        return started(answer_second_step(parts(), body.username, body.session, code_as_typed(body.code)))
    if isinstance(body, Renewal):
        return goes_on_with(body.refresh_token)
    return started(begin_session_of(parts(), body.username, body.password))


@routes.add(
    "DELETE",
    "/session",
    access=Access.OPEN,
    answer=Answer(204, "Revoked."),
    problems=("invalid_token", "invalid_parameter", "too_many_requests"),
)
def log_out(body: LogOut) -> None:
    """Log out: end the session of a refresh token.

    Its access token is refused from now on, too.
    """
    end_one(parts(), opened(REFRESH, body.refresh_token))

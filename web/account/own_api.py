"""One's own account: what it is, its licence, its password, its sessions."""

from shared.domain.accounts import code_as_typed
from shared.domain.licences import DEFAULT
from shared.ports.identity import IdentityRefused
from shared.ports.sessions import Viewer
from web.account import email
from web.account.closing import begin_closing
from web.account.ending import MOST_SESSIONS, end_everywhere, end_listed, replace_password
from web.account.schema import (
    AccountResource,
    CloseAccount,
    CodeSent,
    ConfirmEmail,
    EditAccount,
    NewEmail,
    NewPassword,
    QuotaResource,
    Session,
    SessionId,
    SessionItem,
    SessionList,
)
from web.http.api import Access, Answer, Routes
from web.http.parts import parts
from web.http.problems import Problem, not_found, refused
from web.http.sessions import access_token, started
from web.http.wording import kept_licence

routes = Routes()
PROOF = ("bad_credentials", "code_needed", "code_mismatch", "code_used", "challenge", "too_many_requests")
"""What may be wrong with a password that is asked for again, and with the code of an app."""


@routes.add(
    "GET", "/account", access=Access.PERSON, answer=Answer(200, "The account.", AccountResource), problems=()
)
def get_account(viewer: Viewer) -> AccountResource:
    """Your account, and how much of your quota is used."""
    licence = parts().account_records.default_licence(viewer.owner) or DEFAULT
    return _account(viewer, licence)


@routes.add(
    "PATCH",
    "/account",
    access=Access.PERSON,
    answer=Answer(200, "The account as it is now.", AccountResource),
    problems=("unknown_licence",),
)
def edit_account(viewer: Viewer, body: EditAccount) -> AccountResource:
    """Choose the licence that your uploads begin with.

    The upload page and `image-portal upload` begin with it. `POST /images` needs no database and takes none from here:
    what it is sent without a licence is all rights reserved.
    """
    licence = kept_licence(body.default_licence)
    parts().account_records.set_default_licence(viewer.owner, licence)
    return _account(viewer, licence)


@routes.add(
    "PUT",
    "/account/password",
    access=Access.PERSON,
    answer=Answer(200, "Tokens of a new session.", Session),
    problems=(*PROOF, "weak_password", "invalid_parameter"),
)
def change_password(viewer: Viewer, body: NewPassword) -> Session:
    """Change your password.

    Every other session ends, this one as well: go on with the tokens of the answer. Where the account has a second
    step, `code` is used up by this: 403 `code_needed` with a `session` says that the password is set, and that the
    next code begins the new session at `POST /session`.
    """
    try:
        return Session.of(
            started(
                replace_password(parts(), viewer, body.old_password, body.new_password, _typed(body.code))
            )
        )
    except IdentityRefused as refusal:
        if refusal.code == "bad_credentials":
            raise Problem(401, "bad_credentials", "The old password is wrong.") from refusal
        raise


@routes.add(
    "GET",
    "/sessions",
    access=Access.PERSON,
    answer=Answer(200, "The newest 50 that go on.", SessionList),
    problems=(),
)
def list_sessions(viewer: Viewer) -> SessionList:
    """Your sessions.

    Where you are logged in, the last seen first.
    """
    found = parts().session_records.open(viewer.owner, MOST_SESSIONS)
    return SessionList(items=[SessionItem.of(record, viewer.session) for record in found])


@routes.add(
    "DELETE",
    "/sessions/<session_id>",
    access=Access.PERSON,
    answer=Answer(204, "It has ended."),
    problems=("not_found",),
)
def end_session(viewer: Viewer, session_id: SessionId) -> None:
    """End one of your sessions.

    Its next request is refused, and it can't be renewed.
    """
    if not end_listed(parts(), viewer.owner, session_id):
        raise not_found("This session")


@routes.add(
    "DELETE",
    "/sessions",
    access=Access.PERSON,
    answer=Answer(204, "All have ended."),
    problems=("too_many_requests",),
)
def end_sessions(viewer: Viewer) -> None:
    """Sign out everywhere.

    No refresh token of the account is good any more, and no access token that was given out so far. A session that
    begins within the same second may end with them.
    """
    end_everywhere(parts(), viewer.owner, access_token())


@routes.add(
    "DELETE",
    "/account",
    access=Access.PERSON,
    answer=Answer(202, "It is being deleted."),
    problems=PROOF,
)
def delete_account(viewer: Viewer, body: CloseAccount) -> None:
    """Delete your account.

    For good: there is no undo. Every session ends, nobody can log in any more, and nothing of yours is published from
    now on. Your images are gone for everybody at once (a great many of them within minutes), and their files are
    erased; so are your uploads, the list of your downloads, and at last the account itself.
    """
    try:
        begin_closing(parts(), viewer, body.password, _typed(body.code))
    except IdentityRefused as refusal:
        raise _wrong_password(refusal) from refusal


@routes.add(
    "PUT",
    "/account/email",
    access=Access.PERSON,
    answer=Answer(202, "The code is on its way.", CodeSent),
    problems=(*PROOF, "email_taken", "invalid_email", "invalid_parameter", "mail_failed"),
)
def change_email(viewer: Viewer, body: NewEmail) -> CodeSent:
    """Change your e-mail address.

    A code is mailed to the new address; the old one counts until `POST /account/email/confirm`. Called again, a new
    code is mailed, and the newest address counts.
    """
    try:
        sent_to = email.change_email(parts(), viewer, body.password, body.email, _typed(body.code))
        return CodeSent(code_sent_to=sent_to)
    except IdentityRefused as refusal:
        raise _wrong_password(refusal) from refusal


@routes.add(
    "POST",
    "/account/email/confirm",
    access=Access.PERSON,
    answer=Answer(204, "The new address counts."),
    problems=("code_mismatch", "code_expired", "email_taken", "invalid_parameter", "too_many_requests"),
)
def confirm_email(body: ConfirmEmail) -> None:
    """Confirm a new e-mail address with the mailed code."""
    parts().own_account.confirm_email(access_token(), code_as_typed(body.code))


def _account(viewer: Viewer, licence: str) -> AccountResource:
    used = parts().usages.of_owner(viewer.owner)
    quota = QuotaResource.of(used, parts().settings.quota)
    return AccountResource(username=viewer.username, default_licence=licence, quota=quota)


def _typed(code: str | None) -> str:
    return code_as_typed(code or "")


def _wrong_password(refusal: IdentityRefused) -> Problem:
    """What a refusal means where a password is asked for again."""
    if refusal.code == "bad_credentials":
        return Problem(401, "bad_credentials", "The password is wrong.")
    return refused(refusal)

"""Accounts that somebody else is in, as operators' programs end it."""

from typing import Annotated

from pydantic import Field

from shared.domain.operator_acts import Operator, Verb, Way
from shared.ports.sessions import Viewer
from web.http.api import Access, Answer, Routes
from web.http.parts import parts
from web.http.problems import not_found
from web.http.security_log import note

routes = Routes()
Name = Annotated[str, Field(description="The account's name.", examples=["ana.lima"])]


@routes.add(
    "DELETE",
    "/operations/accounts/<username>/sessions",
    access=Access.OPERATOR,
    answer=Answer(204, "All of them have ended."),
    problems=("not_found",),
)
def end_sessions_of_account(viewer: Viewer, username: Name) -> None:
    """End all sessions of an account: of one that was taken over, or whose owner has left.

    They end at once, and whoever knows the password begins others: have it replaced, or the account disabled at
    Cognito, first. The audit has a line of it.
    """
    wired = parts()
    account = wired.accounts.find(username)
    if account is None:
        raise not_found("This account")
    act = wired.operator_acts.begin(
        Operator(viewer.username, Way.API), Verb.END_SESSIONS, account.username, 1
    )
    wired.session_records.end_all(account.owner, wired.accounts.end_sessions_of(account.username))
    note("end of all sessions", of=account.username)
    wired.operator_acts.end(act, {"done": 1})

"""Who may look and who may act, by their groups at Cognito.

What only shows something believes the token, which names the groups of when it was made, half an hour ago at most. What
changes something asks Cognito once more: who was taken out of a group a minute ago acts no more.
"""

from flask import request

from shared.domain.accounts import MODERATORS, OPERATORS
from shared.ports.sessions import Viewer
from web.http.parts import parts
from web.http.problems import not_moderator, not_operator


def admit_operator(me: Viewer, *, acts: bool = False) -> None:
    """Raises a 403 Problem unless they may look at operators' pages, or act where something is changed. Raises
    IdentityUnavailable when that can't be told: nobody acts then."""
    if not (acts or _changes()):
        if not me.may_watch:
            raise not_operator()
    elif not (me.is_operator and _still_in(OPERATORS, me)):
        raise not_operator()


def admit_moderator(me: Viewer) -> None:
    """Likewise for moderators."""
    if not me.is_moderator or (_changes() and not _still_in(MODERATORS, me)):
        raise not_moderator()


def _changes() -> bool:
    return request.method not in ("GET", "HEAD")


def _still_in(group: str, me: Viewer) -> bool:
    return group in parts().accounts.groups(me.username)

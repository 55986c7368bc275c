"""Whether somebody has the authenticator app that their group needs.

Tokens don't say by which steps a session was begun, so the provider is asked: at most once a minute for each session,
and only for members of a group that needs one.
"""

import hashlib
from typing import Literal

import structlog

from shared.domain.accounts import MODERATORS, OPERATORS, WATCHERS
from shared.ports.identity import IdentityUnavailable
from shared.ports.sessions import Viewer
from web.http.parts import memory, parts
from web.http.sessions import access_token

LOOK_AFTER_QUEUES, LOOK_AFTER_IMAGES = frozenset({OPERATORS, WATCHERS}), frozenset({MODERATORS})
log = structlog.get_logger(__name__)


def is_missing(me: Viewer, groups: frozenset[str]) -> bool:
    """Whether this member of one of `groups` must set up their app first. Raises IdentityRefused, or
    IdentityUnavailable when it was never known."""
    if not groups & me.groups & parts().settings.groups_with_second_step:
        return False
    token = _digest()
    try:
        on = memory().second_steps.get(token, _asked)
    except IdentityUnavailable as error:
        if token not in memory().second_steps_seen:
            raise
        log.warning("a second step is taken to be still there", error=str(error))
        return False
    if on:
        memory().second_steps_seen.put(token, True)
    return not on


def _asked() -> Literal[True] | None:
    return parts().second_step.is_on(access_token()) or None


def changed(*, on: bool) -> None:
    """This session's owner has set up an app, or has switched it off."""
    memory().second_steps.put(_digest(), on)


def _digest() -> str:
    return hashlib.sha256(access_token().encode()).hexdigest()

"""Who may see a page. A guarded view gets its viewer as its first argument, so that it can't be asked without one."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from shared.ports.sessions import Viewer
from web.http.problems import Problem, not_moderator, not_operator
from web.http.redirects import to_login
from web.http.sessions import viewer

Arguments = ParamSpec("Arguments")
Guarded = Callable[Concatenate[Viewer, Arguments], Any]


def login_required(view: Guarded[Arguments]) -> Callable[Arguments, Any]:
    """Pages: who is not logged in goes to the log-in page and comes back after it."""

    @wraps(view)
    def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Any:
        me = viewer()
        return to_login() if me is None else view(me, *args, **kwargs)

    return guarded


def operator_required(view: Guarded[Arguments]) -> Callable[Arguments, Any]:
    """For operators; others are told so."""
    return _for(view, lambda me: me.is_operator, not_operator)


def moderator_required(view: Guarded[Arguments]) -> Callable[Arguments, Any]:
    """For moderators; likewise."""
    return _for(view, lambda me: me.is_moderator, not_moderator)


def _for(
    view: Guarded[Arguments], is_one: Callable[[Viewer], bool], refusal: Callable[[], Problem]
) -> Callable[Arguments, Any]:
    @wraps(view)
    def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Any:
        me = viewer()
        if me is None:
            return to_login()
        if not is_one(me):
            raise refusal()
        return view(me, *args, **kwargs)

    return guarded

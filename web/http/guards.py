"""Who may see a page. A guarded view gets its viewer as its first argument, so that it can't be asked without one."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from flask import redirect, request, url_for

from shared.ports.sessions import Viewer
from web.http.problems import second_step_required
from web.http.redirects import to_login
from web.http.roles import admit_moderator, admit_operator
from web.http.second_step import LOOK_AFTER_IMAGES, LOOK_AFTER_QUEUES, is_missing
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
    """For operators; who may only look may see what is shown, and others are told so."""
    return _for(view, LOOK_AFTER_QUEUES, admit_operator)


def acting_required(view: Guarded[Arguments]) -> Callable[Arguments, Any]:
    """For operators alone, also where nothing is changed yet."""
    return _for(view, LOOK_AFTER_QUEUES, lambda me: admit_operator(me, acts=True))


def moderator_required(view: Guarded[Arguments]) -> Callable[Arguments, Any]:
    """For moderators; likewise."""
    return _for(view, LOOK_AFTER_IMAGES, admit_moderator)


def _for(
    view: Guarded[Arguments], groups: frozenset[str], admit: Callable[[Viewer], None]
) -> Callable[Arguments, Any]:
    @wraps(view)
    def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Any:
        me = viewer()
        if me is None:
            return to_login()
        admit(me)
        if is_missing(me, groups):
            if request.method != "GET":
                raise second_step_required()
            return redirect(url_for("second_step.page", next=request.full_path.rstrip("?")), 303)
        return view(me, *args, **kwargs)

    return guarded

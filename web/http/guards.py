"""Who may see a page. A guarded view gets its viewer as its first argument, so that it can't be asked without one.

Each view says who may see it, also where everybody may: one that says nothing stops the start.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from flask import Flask, redirect, request, url_for

from shared.ports.sessions import Viewer
from web.http.api import Access
from web.http.problems import second_step_required
from web.http.redirects import to_login
from web.http.roles import admit_moderator, admit_operator
from web.http.second_step import LOOK_AFTER_IMAGES, LOOK_AFTER_QUEUES, is_missing
from web.http.sessions import viewer

Arguments = ParamSpec("Arguments")
Guarded = Callable[Concatenate[Viewer, Arguments], Any]
View = TypeVar("View", bound=Callable[..., Any])


def check_guarded(app: Flask) -> None:
    """Raises RuntimeError when a route doesn't say who may ask for it."""
    for rule in app.url_map.iter_rules():
        if not hasattr(app.view_functions[rule.endpoint], "access"):
            raise RuntimeError(f"{rule.rule} doesn't say who may see it: use web.http.guards")


def open_to_all(view: View) -> View:
    """For everybody, logged in or not. What it shows may still depend on who asks."""
    return _said(view, Access.OPEN)


def _said(view: View, access: Access) -> View:
    view.access = access  # type: ignore[attr-defined]  # functions have room for it
    return view


def login_required(view: Guarded[Arguments]) -> Callable[Arguments, Any]:
    """Pages: who is not logged in goes to the log-in page and comes back after it."""

    @wraps(view)
    def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Any:
        me = viewer()
        return to_login() if me is None else view(me, *args, **kwargs)

    return _said(guarded, Access.PERSON)


def operator_required(view: Guarded[Arguments]) -> Callable[Arguments, Any]:
    """For operators; who may only look may see what is shown, and others are told so."""
    return _said(_for(view, LOOK_AFTER_QUEUES, admit_operator), Access.OPERATOR)


def acting_required(view: Guarded[Arguments]) -> Callable[Arguments, Any]:
    """For operators alone, also where nothing is changed yet."""
    guarded = _for(view, LOOK_AFTER_QUEUES, lambda me: admit_operator(me, acts=True))
    return _said(guarded, Access.ACTING)


def moderator_required(view: Guarded[Arguments]) -> Callable[Arguments, Any]:
    """For moderators; likewise."""
    return _said(_for(view, LOOK_AFTER_IMAGES, admit_moderator), Access.MODERATOR)


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

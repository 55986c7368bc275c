"""The API's routes. Each says once what it takes, what it answers and who may call it: the same declaration serves
the request, guards it, and describes it (`web/http/openapi.py`).

Written here because the libraries that do this part of it (spectree, flask-openapi3; APIFlask, which brings
marshmallow) need about as much code again for our codes, for bodies with a key twice and for files that are streamed.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from types import NoneType
from typing import Any, TypeVar, cast, get_args, get_type_hints

from flask import Blueprint, Flask, Response, request
from pydantic import TypeAdapter

from shared.ports.sessions import Viewer
from web.http.csrf import check_form_token
from web.http.inputs import read_json, read_query
from web.http.metrics_token import is_bearer
from web.http.problems import not_logged_in, second_step_required
from web.http.roles import admit_moderator, admit_operator
from web.http.schema import Input, Output
from web.http.second_step import LOOK_AFTER_IMAGES, LOOK_AFTER_QUEUES, is_missing
from web.http.sessions import viewer

Handler = TypeVar("Handler", bound=Callable[..., Any])
IN_PATH = re.compile(r"<(\w+)>")


class Access(Enum):
    """Who may call a route. Of pages, `web/http/guards.py` says it."""

    OPEN = "Open to everybody."
    PERSON = "For who is logged in: an access token, or this site's own session."
    OPERATOR = "For operators; who may only look, the group `viewers`, may ask and do nothing."
    ACTING = "For operators alone, also where nothing is changed yet."
    MODERATOR = "For moderators."
    SCRAPER = "For operators, and for the bearer of METRICS_TOKEN."


GROUPS_OF = {
    Access.OPERATOR: LOOK_AFTER_QUEUES,
    Access.SCRAPER: LOOK_AFTER_QUEUES,
    Access.MODERATOR: LOOK_AFTER_IMAGES,
}


@dataclass(frozen=True)
class Answer:
    """Success. `location` names the field whose value is also the Location header, `version` the one that is the ETag,
    for If-Match. A `conditional` answer has an ETag of its bytes, and 304 for who knows it."""

    status: int
    description: str
    model: type[Output] | None = None
    media_type: str = "application/json"
    location: str = ""
    version: str = ""
    conditional: bool = False


@dataclass(frozen=True)
class Header:
    """A request header that a route looks at."""

    name: str
    description: str
    most_characters: int
    required: bool = False
    example: str = ""


class NoParameters(Input):
    """What a route takes that takes no parameters."""


@dataclass(frozen=True)
class Operation:
    """One declared route, and Flask's view function for it. The handler's own signature says the rest: `viewer`,
    `query`, `body`, and by their names the parts of the path."""

    method: str
    path: str  # below /api/v1, as Flask writes it
    access: Access
    answer: Answer
    problems: tuple[str, ...]
    form: type[Input] | None
    headers: Sequence[Header]
    handler: Callable[..., Any]

    def __post_init__(self) -> None:
        if set(self.takes) - {"viewer", "query", "body"} != set(self.in_path):
            raise TypeError(f"{self.path} and what {self.name} takes are not the same")

    @cached_property
    def takes(self) -> dict[str, Any]:
        """The handler's parameters with their types."""
        hints = get_type_hints(self.handler, include_extras=True)
        return {name: kind for name, kind in hints.items() if name != "return"}

    @cached_property
    def body(self) -> TypeAdapter[Any] | None:
        """The model of the JSON body."""
        if "body" not in self.takes:
            return None
        model: Any = self.takes["body"]
        return TypeAdapter(model if self.needs_body else get_args(model)[0])

    @property
    def needs_body(self) -> bool:
        """Whether the JSON body must be there: not where the handler may get None for it."""
        return NoneType not in get_args(self.takes.get("body"))

    @property
    def name(self) -> str:
        """The handler's name, which is also the endpoint's."""
        return self.handler.__name__

    @property
    def query(self) -> type[Input]:
        """The model of the address's parameters."""
        return cast(type[Input], self.takes.get("query", NoParameters))

    @property
    def in_path(self) -> list[str]:
        """The names in the path."""
        return IN_PATH.findall(self.path)

    @property
    def form_token_checked_elsewhere(self) -> bool:
        """What `web/http/csrf.py` asks of a view: here, once it is known who asks. Strangers are told to log in."""
        return True

    @property
    def _needs_form_token(self) -> bool:
        """Open routes look at no session, so that a token would protect nothing; a handler that reads its form while it
        arrives checks the token itself."""
        return self.method != "GET" and self.access is not Access.OPEN and self.form is None

    def __call__(self, **given: Any) -> Response:
        """Answer a request."""
        who = _admit(self.access)
        if self._needs_form_token:
            check_form_token()
        if "viewer" in self.takes:
            given["viewer"] = who
        query = read_query(self.query)
        if "query" in self.takes:
            given["query"] = query
        if self.body is not None:
            given["body"] = read_json(self.body) if self.needs_body or request.get_data() else None
        return self._response(self.handler(**given))

    def _response(self, result: Any) -> Response:
        answer = self.answer
        if answer.model is None:
            return Response(result, answer.status, mimetype=answer.media_type)
        if not isinstance(result, answer.model):
            raise TypeError(f"{self.name} declares {answer.model.__name__}, not {type(result).__name__}")
        response = Response(result.model_dump_json(), answer.status, mimetype=answer.media_type)
        if answer.location:
            response.headers["Location"] = getattr(result, answer.location)
        if answer.version:
            response.set_etag(str(getattr(result, answer.version)))
        if answer.conditional:
            response.headers["Cache-Control"] = "private, no-cache"
            response.add_etag()
            response.make_conditional(request)
        return response


def _admit(access: Access) -> Viewer | None:
    """Who asks, when they may. Raises a 401 or 403 Problem."""
    if access is Access.OPEN or (access is Access.SCRAPER and is_bearer()):
        return None
    who = viewer()
    if who is None:
        raise not_logged_in()
    if access in (Access.OPERATOR, Access.SCRAPER):
        admit_operator(who)
    if access is Access.MODERATOR:
        admit_moderator(who)
    if is_missing(who, GROUPS_OF.get(access, frozenset())):
        raise second_step_required()
    return who


class Routes:
    """The operations of one room."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []

    def add(
        self,
        method: str,
        path: str,
        *,
        access: Access,
        answer: Answer,
        problems: tuple[str, ...] = (),
        form: type[Input] | None = None,
        headers: Sequence[Header] = (),
    ) -> Callable[[Handler], Handler]:
        """Declare the decorated handler. Its docstring is the route's summary, and what follows its description;
        `problems` are the codes that it may answer with, beside those that its shape brings with it. A `form` is
        read by the handler itself, once its files have passed."""

        def declared(handler: Handler) -> Handler:
            self.operations.append(Operation(method, path, access, answer, problems, form, headers, handler))
            return handler

        return declared


def blueprint(operations: Sequence[Operation]) -> Blueprint:
    """All of the API."""
    bp = Blueprint("api", __name__, url_prefix="/api/v1")
    for operation in operations:
        bp.add_url_rule(operation.path, operation.name, operation, methods=[operation.method])
    return bp


def check_declared(app: Flask) -> None:
    """Raises RuntimeError when a route of the API bypasses its declaration."""
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/") and not isinstance(app.view_functions[rule.endpoint], Operation):
            raise RuntimeError(f"{rule.rule} is not declared: use web.http.api.Routes")

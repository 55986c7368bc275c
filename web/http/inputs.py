"""From a request's query, form or JSON body to a model; what does not fit is refused by name, with a stable code."""

import json
from collections.abc import Iterable
from typing import Any, NoReturn, TypeVar
from uuid import UUID

from flask import request
from pydantic import TypeAdapter, ValidationError
from werkzeug.datastructures import MultiDict

from shared.domain.ids import parse_id
from web.http import csrf
from web.http.problems import Problem
from web.http.schema import Input

M = TypeVar("M", bound=Input)
MAX_NAMES_SHOWN, MAX_NAME_SHOWN = 5, 40
MISSING = {"missing", "string_type", "string_too_short"}


def read_query(model: type[M]) -> M:
    """The address's parameters. Raises a 422 Problem."""
    return _from_pairs(model, request.args, "parameter")


def read_form(model: type[M]) -> M:
    """The form's fields, but its files and its token. Raises a 422 Problem."""
    fields = MultiDict([pair for pair in request.form.items(multi=True) if pair[0] != csrf.FIELD])
    return _from_pairs(model, fields, "field")


def _from_pairs(model: type[M], given: MultiDict[str, str], kind: str) -> M:
    if unknown := [name for name in given if name not in model.model_fields]:
        raise _unknown(kind, unknown, model.model_fields)
    if repeated := [name for name in given if len(given.getlist(name)) > 1]:
        raise Problem(422, f"invalid_{kind}", f"Given more than once: {_named(repeated)}.")
    try:
        return model.model_validate(given.to_dict())
    except ValidationError as error:
        raise _refusal(error, kind) from error


def read_json(body: TypeAdapter[Any]) -> Any:
    """The JSON body. Raises a Problem: 415 for another type, 400 for what is no JSON object, 422 for its fields.

    It is read twice, a few microseconds each: only Python's reader can see a key that comes twice, and only pydantic's
    refuses half of a surrogate pair.
    """
    if request.mimetype != "application/json":
        raise Problem(415, "not_json", "Send a JSON object with Content-Type: application/json.")
    data = request.get_data()
    try:
        known = json.loads(data, object_pairs_hook=_object, parse_constant=_not_a_number)
    except (ValueError, RecursionError) as error:
        raise _no_object() from error
    if not isinstance(known, dict):
        raise _no_object()
    try:
        return body.validate_json(data)
    except ValidationError as error:
        raise _refusal(error, "field") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(known := dict(pairs)) < len(pairs):
        raise ValueError("a key comes twice")
    return known


def _not_a_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _no_object() -> Problem:
    return Problem(400, "invalid_json", "The body is not a JSON object.")


def _refusal(error: ValidationError, kind: str) -> Problem:
    """One fault at a time: names that do not exist, else what is missing, else what does not fit."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    if any(fault["type"] == "json_invalid" for fault in faults):
        return _no_object()
    if unknown := [str(fault["loc"][-1]) for fault in faults if fault["type"] == "extra_forbidden"]:
        return _unknown(kind, unknown, ())
    if missing := [str(fault["loc"][-1]) for fault in faults if fault["type"] in MISSING]:
        return Problem(422, f"missing_{kind}", f"Missing, empty or not a string: {', '.join(missing)}.")
    said = "; ".join(f"{fault['loc'][-1]}: {fault['msg']}" for fault in faults)
    return Problem(422, f"invalid_{kind}", f"{said}.")


def _unknown(kind: str, names: Iterable[str], known: Iterable[str]) -> Problem:
    there_are = f" Known: {', '.join(known)}." if known else ""
    return Problem(422, f"unknown_{kind}", f"There is no {kind} {_named(names)}.{there_are}")


def _named(names: Iterable[str]) -> str:
    """Names that somebody typed, or made up to be long."""
    shown = [f"«{name[:MAX_NAME_SHOWN]}»" for name in names]
    more = len(shown) - MAX_NAMES_SHOWN
    return ", ".join(shown[:MAX_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def id_in_body(text: str, field: str = "ids") -> UUID:
    """An id of a body, as in its `ids`, in its usual form. Raises a 422 Problem."""
    known = parse_id(text)
    if known is None or str(known) != text.lower():
        raise Problem(422, "invalid_field", f"{field}: «{text[:40]}» is no id.")
    return known

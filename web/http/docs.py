"""The API's description as a file and as a page to read."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from flask import Flask, current_app, render_template
from markupsafe import Markup, escape

from web.http import api
from web.http.api import Access, Answer, Operation, Routes
from web.http.openapi import describe

KEY = "image-portal-api"
_CODE_WORD = re.compile("`([^`]+)`")
routes = Routes()


def install(app: Flask, operations: Sequence[Operation]) -> None:
    """Serve these routes, and their description. Raises RuntimeError for a route of the API that is not declared."""
    declared = [*operations, *routes.operations]
    app.register_blueprint(api.blueprint(declared))
    api.check_declared(app)
    app.extensions[KEY] = cache(lambda: describe(declared))


def description() -> dict[str, Any]:
    """The running app's description."""
    return cast(dict[str, Any], current_app.extensions[KEY]())


@routes.add("GET", "/openapi.json", access=Access.OPEN, answer=Answer(200, "OpenAPI 3.1."))
def get_description() -> str:
    """This description."""
    return json.dumps(description(), ensure_ascii=False)


@routes.add("GET", "/docs", access=Access.OPEN, answer=Answer(200, "A page.", media_type="text/html"))
def read_docs() -> str:
    """This description as a page."""
    told = description()
    components = told["components"]["schemas"]
    operations = [
        OperationText.of(method, f"{told['servers'][0]['url']}{path}", operation, components)
        for path, item in told["paths"].items()
        for method, operation in item.items()
    ]
    models = {name: _fields(schema) for name, schema in components.items() if "properties" in schema}
    return render_template("api_docs.html", operations=operations, models=models, code_words=code_words)


def code_words(text: str) -> Markup:
    """Text whose `words` are code."""
    return Markup(_CODE_WORD.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 -- escaped first


@dataclass(frozen=True)
class Row:
    """A parameter or a field: its name, what it is, whether it must be there, and what it means."""

    name: str
    kind: str
    required: bool
    text: str


@dataclass(frozen=True)
class AnswerText:
    """An answer; `example` is JSON, or empty."""

    status: str
    text: str
    example: str


@dataclass(frozen=True)
class OperationText:
    """One operation as the page shows it."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: list[Row]
    bodies: list[list[Row]]  # alternatives
    answers: list[AnswerText]
    problems: list[AnswerText]
    command: str

    @classmethod
    def of(
        cls, method: str, path: str, operation: Mapping[str, Any], components: Mapping[str, Any]
    ) -> "OperationText":
        """Take an operation of the description apart."""
        answers = [
            AnswerText(status, answer["description"], _example(answer))
            for status, answer in operation["responses"].items()
        ]
        schema = _body(operation).get("schema", {})
        alternatives = schema.get("oneOf", [schema] if schema else [])
        return cls(
            id=operation["operationId"],
            method=method.upper(),
            path=path,
            summary=operation["summary"],
            description=operation["description"],
            parameters=[
                Row(p["name"], f"{_kind(p['schema'])} in the {p['in']}", p["required"], p["description"])
                for p in operation["parameters"]
            ],
            bodies=[_fields(_resolved(alternative, components)) for alternative in alternatives],
            answers=[answer for answer in answers if answer.status < "4"],
            problems=[answer for answer in answers if answer.status >= "4"],
            command=" \\\n  ".join(_command(method.upper(), path, operation)),
        )


def _body(operation: Mapping[str, Any]) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {})
    return next(iter(content.values()), {})


def _resolved(schema: Mapping[str, Any], components: Mapping[str, Any]) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], components[_name(schema)]) if "$ref" in schema else schema


def _name(schema: Mapping[str, Any]) -> str:
    return str(schema["$ref"]).rsplit("/", 1)[1]


def _fields(schema: Mapping[str, Any]) -> list[Row]:
    required = schema.get("required", [])
    return [
        Row(name, _kind(inner), name in required, inner.get("description", ""))
        for name, inner in schema["properties"].items()
    ]


def _kind(schema: Mapping[str, Any]) -> str:
    """«string (uuid)», «number from 1 to 100», «list of ImageResource», «one of a, b»."""
    if "$ref" in schema:
        return _name(schema)
    if "enum" in schema:
        return f"one of {', '.join(filter(None, schema['enum']))}"
    if "anyOf" in schema:
        return " or ".join(_kind(inner) for inner in schema["anyOf"])
    if schema["type"] == "array":
        return f"list of {_kind(schema['items'])}"
    if "minimum" in schema:
        end = f"to {schema['maximum']}" if "maximum" in schema else "on"
        return f"{schema['type']} from {schema['minimum']} {end}"
    if "maximum" in schema:
        return f"{schema['type']}, at most {schema['maximum']}"
    most = f", at most {schema['maxLength']} characters" if "maxLength" in schema else ""
    return f"{schema['type']} ({schema['format']})" if "format" in schema else f"{schema['type']}{most}"


def _example(answer: Mapping[str, Any]) -> str:
    content = answer.get("content", {}).get("application/json", {})
    return json.dumps(content["example"], indent=2, ensure_ascii=False) if "example" in content else ""


def _command(method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    """The words of a call with curl, a line each."""
    queries, headers = [], []
    for parameter in operation["parameters"]:
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", parameter["example"])
        elif parameter["in"] == "header" and parameter["required"]:
            line = f"{parameter['name']}: {parameter['example']}"
            headers.append(f"-H {shlex.quote(line)}")
        elif parameter["in"] == "query" and "example" in parameter:
            pair = f"{parameter['name']}={parameter['example']}"
            queries.append(f"--data-urlencode {shlex.quote(pair)}")
    how = "-G" if queries else f"-X {method}"
    yield f'curl {how} "$PORTAL{path}"'
    if operation["security"]:
        yield '-H "Authorization: Bearer $TOKEN"'
    yield from headers
    yield from queries[:2]
    body = _body(operation)
    if "example" in body:
        yield "-H 'Content-Type: application/json'"
        yield f"-d {shlex.quote(json.dumps(body['example'], ensure_ascii=False))}"
    elif body:
        yield "-F file=@harbour.jpg"
        for name, field in body["schema"]["properties"].items():
            if "examples" in field:
                pair = f"{name}={field['examples'][0]}"
                yield f"-F {shlex.quote(pair)}"

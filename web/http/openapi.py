"""The API's description, OpenAPI 3.1, made from what its routes declare."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import core_schema

from web.http.api import IN_PATH, Access, Operation
from web.http.problem_codes import PROBLEM_CODES
from web.http.samples import sample
from web.http.schema import ProblemDetails

REF = "#/components/schemas/{model}"
PROBLEM = "application/problem+json"
INFO = {
    "title": "Image Portal",
    "version": "1",
    "description": "Share images, find them by word, hashtag, person and licence, and follow each upload from your "
    "hands to the feed. Errors are RFC 9457 problem+json with a stable `code`; times are RFC 3339 UTC; lists are "
    "newest first and go on at `next_cursor`; what a request holds and the API does not know is refused.",
}
SECURITY_SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The access token that `POST /session` gives.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "access_token",
        "description": "This site's own session (`__Host-access_token` over HTTPS). Anything but reading needs the "
        "form token of its pages too, in X-CSRF-Token.",
    },
}


class _Schemas(GenerateJsonSchema):
    """Without titles that repeat the names, and without defaults that say only «left out»."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 -- pydantic's signature
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        described = super().default_schema(schema)
        if described.get("default", ...) in (None, ""):
            del described["default"]
        return described


def describe(operations: Sequence[Operation]) -> dict[str, Any]:
    """The description of these routes."""
    kinds: list[tuple[Any, JsonSchemaMode, TypeAdapter[Any]]] = [
        ("problem", "serialization", TypeAdapter(ProblemDetails))
    ]
    for operation in operations:
        if operation.body is not None:
            kinds.append((("body", operation.name), "validation", operation.body))
        if operation.answer.model is not None:
            kinds.append((("answer", operation.name), "serialization", TypeAdapter(operation.answer.model)))
    schemas, shared = TypeAdapter.json_schemas(kinds, ref_template=REF, schema_generator=_Schemas)
    components: dict[str, Any] = shared.get("$defs", {})
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        body = schemas.get((("body", operation.name), "validation"))
        answer = schemas.get((("answer", operation.name), "serialization"))
        path = IN_PATH.sub(r"{\1}", operation.path)
        described = _operation(operation, body, answer, components)
        paths.setdefault(path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": INFO,
        "servers": [{"url": "/api/v1"}],
        "paths": paths,
        "components": {"securitySchemes": SECURITY_SCHEMES, "schemas": components},
    }


def _operation(
    operation: Operation,
    body: JsonSchemaValue | None,
    answer: JsonSchemaValue | None,
    components: Mapping[str, Any],
) -> dict[str, Any]:
    summary, _, description = inspect.getdoc(operation.handler).partition("\n")  # type: ignore[union-attr]  # Routes asks for one
    name = operation.name.split("_")
    described: dict[str, Any] = {
        "operationId": name[0] + "".join(word.title() for word in name[1:]),
        "summary": summary.rstrip("."),
        "description": f"{' '.join(description.split())} {operation.access.value}".strip(),
        "security": [] if operation.access is Access.OPEN else [{name: []} for name in SECURITY_SCHEMES],
        "parameters": _parameters(operation),
        "responses": {str(operation.answer.status): _answer(operation, answer, components)},
    }
    if body is not None:
        content = {"schema": body, "example": sample(body, components)}
        described["requestBody"] = {
            "required": operation.needs_body,
            "content": {"application/json": content},
        }
    if operation.form is not None:
        described["requestBody"] = {"required": True, "content": {"multipart/form-data": _form(operation)}}
    if operation.answer.conditional:
        described["responses"]["304"] = {
            "description": "Nothing has changed since the ETag in If-None-Match."
        }
    described["responses"] |= _problems(operation)
    return described


def _properties(model: Any) -> tuple[dict[str, Any], list[str]]:
    schema = TypeAdapter(model).json_schema(ref_template=REF, schema_generator=_Schemas)
    return schema.get("properties", {}), schema.get("required", [])


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    described = []
    for name in operation.in_path:
        schema = TypeAdapter(operation.takes[name]).json_schema(schema_generator=_Schemas)
        described.append(_parameter(name, "path", schema, required=True))
    properties, required = _properties(operation.query)
    described += [
        _parameter(name, "query", schema, required=name in required) for name, schema in properties.items()
    ]
    for header in operation.headers:
        schema = {"type": "string", "maxLength": header.most_characters, "description": header.description}
        schema |= {"examples": [header.example]} if header.example else {}
        described.append(_parameter(header.name, "header", schema, required=header.required))
    return described


def _parameter(name: str, where: str, schema: dict[str, Any], *, required: bool) -> dict[str, Any]:
    inner = {k: v for k, v in schema.items() if k not in ("description", "examples")}
    described = {
        "name": name,
        "in": where,
        "required": required,
        "description": schema.get("description", ""),
        "schema": inner,
    }
    return described | ({"example": schema["examples"][0]} if "examples" in schema else {})


def _form(operation: Operation) -> dict[str, Any]:
    properties, required = _properties(operation.form)
    file = {
        "type": "string",
        "contentMediaType": "application/octet-stream",
        "description": "The image's bytes.",
    }
    return {
        "schema": {
            "type": "object",
            "properties": {"file": file} | properties,
            "required": ["file", *required],
            "additionalProperties": False,
        }
    }


def _answer(
    operation: Operation, schema: JsonSchemaValue | None, components: Mapping[str, Any]
) -> dict[str, Any]:
    answer = operation.answer
    described: dict[str, Any] = {"description": answer.description}
    if schema is not None:
        described["content"] = {answer.media_type: {"schema": schema, "example": sample(schema, components)}}
    elif answer.status != 204:
        described["content"] = {answer.media_type: {"schema": {}}}
    headers = {}
    if answer.location:
        headers["Location"] = {"description": f"As `{answer.location}`.", "schema": {"type": "string"}}
    if answer.version:
        headers["ETag"] = {
            "description": f"The `{answer.version}`, for If-Match.",
            "schema": {"type": "string"},
        }
    if answer.conditional:
        headers["ETag"] = {"description": "For If-None-Match.", "schema": {"type": "string"}}
    return described | ({"headers": headers} if headers else {})


def _problems(operation: Operation) -> dict[str, Any]:
    by_status: dict[int, list[str]] = {}
    for code in sorted({*operation.problems, *_by_shape(operation)}):
        by_status.setdefault(PROBLEM_CODES[code].status, []).append(code)
    return {str(status): _problem(by_status[status]) for status in sorted(by_status)}


def _problem(codes: list[str]) -> dict[str, Any]:
    said = "\n".join(f"- `{code}`: {PROBLEM_CODES[code].sentence}" for code in codes)
    only = {"properties": {"code": {"enum": codes}}}
    schema = {"allOf": [{"$ref": REF.format(model=ProblemDetails.__name__)}, only]}
    return {"description": said, "content": {PROBLEM: {"schema": schema}}}


def _by_shape(operation: Operation) -> set[str]:
    """The codes that a route may answer with because of what it takes and who may call it."""
    codes = {"unknown_parameter"}
    if operation.query.model_fields:
        codes.add("invalid_parameter")
    if operation.body is not None:
        codes |= {"invalid_json", "not_json", "too_large", "missing_field", "unknown_field", "invalid_field"}
    if operation.form is not None:
        codes |= {"not_multipart", "too_large", "unknown_field", "invalid_field"}
    if operation.access is not Access.OPEN:
        codes |= {"not_logged_in", "invalid_token"} | ({"csrf"} if operation.method != "GET" else set())
    if operation.access in (Access.OPERATOR, Access.SCRAPER):
        codes |= {"not_operator", "second_step_required"}
    if operation.access is Access.MODERATOR:
        codes |= {"not_moderator", "second_step_required"}
    if operation.access is not Access.OPEN or operation.body is not None:
        codes.add("unavailable")
    return codes

"""Measures the calls to S3, SQS, MySQL and Cognito by hooks of their clients, with none around each method.

Operations are the vendors' names for what our code calls, and the verbs of SQL; kinds of errors are listed here. An
answer such as "there is no such object" or "the password is wrong" is no error.
"""

import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine, event

from shared.calls import call, error

SERVICES = {"cognito-idp": "cognito", "s3": "s3", "secretsmanager": "secrets", "sqs": "sqs"}
VERBS = {"SELECT": "select", "INSERT": "insert", "UPDATE": "update", "DELETE": "delete"}
THROTTLED = (
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
)
_CALL = "portal_call"


def measure_aws(events: Any) -> None:
    """Count the calls of a boto3 session's clients, by its `events` before they are made; or of a client that is made
    already, by its `meta.events`."""
    for name, handler in (("before-call", _begin), ("after-call", _end), ("after-call-error", _broken)):
        events.register(name, handler, unique_id=f"{_CALL}-{name}")


def _begin(model: Any, context: dict[str, Any], **_: Any) -> None:
    service = SERVICES.get(model.service_model.service_name, "other")
    context[_CALL] = service, model.name, time.perf_counter()


def _end(http_response: Any, parsed: Mapping[str, Any], context: dict[str, Any], **_: Any) -> None:
    service, operation, began = context[_CALL]
    call(service, operation, time.perf_counter() - began)
    if http_response.status_code >= 400 and (kind := _kind(http_response.status_code, parsed)):
        error(service, operation, kind)


def _broken(context: dict[str, Any], **_: Any) -> None:
    service, operation, began = context[_CALL]
    call(service, operation, time.perf_counter() - began)
    error(service, operation, "unreached")


def _kind(status: int, parsed: Mapping[str, Any]) -> str | None:
    code = str(parsed.get("Error", {}).get("Code", ""))
    if status == 429 or code in THROTTLED:
        return "throttled"
    if status >= 500:
        return "server"
    return "denied" if status == 403 or code.startswith("AccessDenied") else None


def measure_mysql(engine: Engine) -> None:
    """Count the statements of an engine. One hook that executes, as it costs half of one before and one after."""
    event.listen(engine, "do_execute", _execute)
    event.listen(engine, "do_executemany", _execute_many)


def _execute(cursor: Any, statement: str, values: Any, context: Any) -> bool:
    began = time.perf_counter()
    context.dialect.do_execute(cursor, statement, values, context)
    call("mysql", _verb(statement), time.perf_counter() - began)
    return True  # it is done


def _execute_many(cursor: Any, statement: str, values: Any, context: Any) -> bool:
    began = time.perf_counter()
    context.dialect.do_executemany(cursor, statement, values, context)
    call("mysql", _verb(statement), time.perf_counter() - began)
    return True


def _verb(statement: str) -> str:
    return VERBS.get(statement.lstrip()[:6].upper(), "other")

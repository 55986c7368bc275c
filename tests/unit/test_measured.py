"""What counts as an error of a call, and of which kind."""

from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client.registry import REGISTRY
from pymysql import err
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.adapters import measured, mysql

MODEL = SimpleNamespace(name="GetObject", service_model=SimpleNamespace(service_name="s3"))


def errors(kind: str) -> float:
    return of("portal_call_errors_total", kind=kind)


def calls() -> float:
    return of("portal_call_seconds_count")


def of(sample: str, **labels: str) -> float:
    """From this one metric: the registry would collect all of them."""
    wanted = {"service": "s3", "operation": "GetObject", **labels}
    return sum(
        counted.value
        for metric in REGISTRY.restricted_registry([sample]).collect()
        for counted in metric.samples
        if counted.name == sample and counted.labels == wanted
    )


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (200, "", None),
        (404, "NoSuchKey", None),
        (412, "PreconditionFailed", None),
        (400, "NotAuthorizedException", None),
        (403, "AccessDenied", "denied"),
        (400, "AccessDeniedException", "denied"),
        (503, "SlowDown", "throttled"),
        (400, "TooManyRequestsException", "throttled"),
        (500, "InternalError", "server"),
    ],
)
def test_an_answer_is_an_error_of_one_kind_or_none(status: int, code: str, kind: str | None) -> None:
    kinds = ("denied", "throttled", "server", "unreached")
    before, answered = {k: errors(k) for k in kinds}, calls()
    context: dict[str, Any] = {}
    measured._begin(MODEL, context)
    measured._end(SimpleNamespace(status_code=status), {"Error": {"Code": code}} if code else {}, context)
    assert calls() == answered + 1
    assert {k: errors(k) - before[k] for k in kinds} == {k: float(k == kind) for k in kinds}


def test_no_answer_is_an_error_too() -> None:
    before, context = errors("unreached"), dict[str, Any]()
    measured._begin(MODEL, context)
    measured._broken(context)
    assert errors("unreached") == before + 1


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OperationalError("x", {}, err.OperationalError(1213, "deadlock")), "deadlock"),
        (OperationalError("x", {}, err.OperationalError(1205, "lock")), "lock_wait"),
        (OperationalError("x", {}, err.OperationalError(1045, "no")), "denied"),
        (OperationalError("x", {}, err.OperationalError(2003, "away")), "unreached"),
        (InterfaceError("x", {}, err.InterfaceError(0, "")), "unreached"),
        (PoolTimeout("none is free"), "pool"),
        (mysql._TimedOut("frozen"), "unreached"),
    ],
)
def test_an_error_of_the_database_has_one_kind(error: Exception, kind: str) -> None:
    assert mysql._kind(error) == kind


def test_a_statement_is_known_by_its_verb() -> None:
    statements = ("\n    SELECT 1", "insert into x", "WITH a AS (SELECT 1) SELECT 2", "")
    assert [measured._verb(s) for s in statements] == ["select", "insert", "other", "other"]

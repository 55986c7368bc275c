"""An operator, and queues and a bucket that hold nothing but what a test puts there."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from local.stack import Stack
from shared.parts import WebParts
from tests.integration.conftest import Person


@pytest.fixture
def environ(versioned: dict[str, str]) -> Iterator[dict[str, str]]:
    """With a bucket of its own that keeps versions, so that what is written twice is seen; no upload is failed."""
    _settle_failed(versioned["DATABASE_URL"])
    yield versioned
    _settle_failed(versioned["DATABASE_URL"])


def _settle_failed(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as c:
        c.execute(text("UPDATE uploads SET state = 'rejected' WHERE state = 'failed'"))
    engine.dispose()


@pytest.fixture
def operator_on(parts: WebParts, stack: Stack) -> Callable[[Flask], Person]:
    """The stack's operator, with a client of any application."""
    name, password = stack.env["OPERATOR_USERNAME"], stack.env["OPERATOR_PASSWORD"]
    return lambda app: Person(name, parts.sessions.log_in(name, password).access, app.test_client())


@pytest.fixture
def operator(operator_on: Callable[[Flask], Person], app: Flask) -> Person:
    """The stack's operator."""
    return operator_on(app)

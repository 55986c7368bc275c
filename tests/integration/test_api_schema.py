"""The API keeps to its own description, whatever is sent to it: by whom, in good form and in bad."""

from typing import Any
from zlib import crc32

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, settings
from schemathesis.config import (
    ChecksConfig,
    GenerationConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from schemathesis.config._checks import MissingRequiredHeaderConfig
from schemathesis.specs.openapi.checks import positive_data_acceptance

from local.stack import Stack
from shared.parts import WebParts
from tests.integration.conftest import Person, jpeg
from tests.integration.support.hand_worker import HandWorker
from tests.support_app import app_on_mocks
from tests.support_slice import THOROUGH, is_its_day

EXAMPLES = 4  # drawn for each operation, besides the systematic cases: what the description says, and each breach of it
HEADER_MISSING = ["401", "422", "428"]  # the last for If-Match, RFC 6585
CONFIG = SchemathesisConfig(
    projects=ProjectsConfig(
        default=ProjectConfig(
            generation=GenerationConfig(max_examples=EXAMPLES, deterministic=True, no_shrink=True),
            checks=ChecksConfig(
                missing_required_header=MissingRequiredHeaderConfig(expected_statuses=HEADER_MISSING)
            ),
        )
    )
)
# What is described depends on no part of the world; the cases go to the app on the real stack.
DESCRIBED = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app_on_mocks(), config=CONFIG)
# A schema can't tell that a code is not the mailed one, a password weak, or bytes no image.
EXCLUDED: list[schemathesis.CheckFunction] = [positive_data_acceptance]


@pytest.fixture
def callers(parts: WebParts, person: Person, stack: Stack) -> list[dict[str, str]]:
    """What nobody, a person, an operator and a moderator send to say who they are."""
    staff = [
        parts.sessions.log_in(stack.env[f"{who}_USERNAME"], stack.env[f"{who}_PASSWORD"]).access
        for who in ("OPERATOR", "MODERATOR")
    ]
    return [{}, person.headers, *({"Authorization": f"Bearer {token}"} for token in staff)]


def test_the_description_is_valid() -> None:
    DESCRIBED.validate()
    assert DESCRIBED.specification.version == "3.1.0"
    assert len(list(DESCRIBED.get_all_operations())) > 10


@DESCRIBED.include(lambda context: is_its_day(context.operation.label, 6)).parametrize()  # type: ignore[untyped-decorator]  # mypy.overrides
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_every_answer_is_as_described(
    case: schemathesis.Case[Any], app: Flask, callers: list[dict[str, str]]
) -> None:
    """No 5xx, no status, code, header, type or field that is not described; nothing taken that breaks the schema."""
    one = crc32(repr(case).encode()) % len(callers)  # another one for another case
    for headers in callers if THOROUGH else callers[one : one + 1]:
        case.call_and_validate(app=app, headers=headers, excluded_checks=EXCLUDED)


def test_what_is_published_rejected_or_waits_is_told_as_described(
    app: Flask, person: Person, callers: list[dict[str, str]], hands: HandWorker
) -> None:
    published = person.post_image(jpeg(64, 48), caption="A #boat").json["id"]
    rejected = person.post_image(jpeg(640, 480)[:3000]).json["id"]
    assert sorted(hands.work()) == ["published", "rejected"]
    waiting = person.post_image(jpeg(64, 48)).json["id"]
    asked: list[tuple[str, dict[str, Any]]] = [
        ("/images", {"query": {"user": person.username}}),
        ("/images/{image_id}", {"path_parameters": {"image_id": published}}),
        ("/users/{username}", {"path_parameters": {"username": person.username}}),
        ("/uploads", {"query": {"limit": 100}}),
        *(
            ("/uploads/{upload_id}", {"path_parameters": {"upload_id": i}})
            for i in (published, rejected, waiting)
        ),
        ("/queue", {}),
    ]
    for path, given in asked:
        case = DESCRIBED[path]["GET"].Case(**given)
        answer = case.call_and_validate(app=app, headers=callers[2 if path == "/queue" else 1])
        assert answer.status_code == 200, path
    edit = DESCRIBED["/images/{image_id}"]["PATCH"].Case(
        path_parameters={"image_id": published}, headers={"If-Match": '"1"'}, body={"caption": "A #ship"}
    )
    for status in (200, 412):
        answer = edit.call_and_validate(app=app, headers=callers[1] | {"If-Match": '"1"'})
        assert answer.status_code == status
    several = DESCRIBED["/images"]["PATCH"].Case(body={"ids": [published, waiting], "add_hashtags": ["sea"]})
    answer = several.call_and_validate(app=app, headers=callers[1])
    assert [item.get("problem") for item in answer.json()["items"]] == [None, "not_found"]

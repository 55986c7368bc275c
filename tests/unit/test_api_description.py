"""The API's description and its routes are one thing: what is declared is served, and nothing else is."""

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

import jsonschema_rs
import pytest
from flask import Flask
from pydantic import Field

from shared.domain.refusals import Refusal
from tests.support_app import app_on_mocks
from web.http import api, docs
from web.http.api import Access, Answer, Routes
from web.http.openapi import describe
from web.http.problem_codes import PROBLEM_CODES
from web.http.problems import STATUS_OF_REFUSAL, refuse
from web.http.schema import Output
from web.views.image import ImageView
from web.views.schema import ImageResource

ROOT = Path(__file__).parents[2]
RAISED = re.compile(r'Problem\(\s*(\d{3}),\s*"(\w+)"')


@pytest.fixture(scope="module")
def app() -> Flask:
    return app_on_mocks()


@pytest.fixture(scope="module")
def description(app: Flask) -> dict[str, Any]:
    with app.app_context():
        return docs.description()


def test_every_route_of_the_api_is_described_and_nothing_else(
    app: Flask, description: dict[str, Any]
) -> None:
    found: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(\w+)>", r"{\1}", rule.rule)
        if path.startswith("/api/v1/"):
            methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            found.setdefault(path.removeprefix("/api/v1"), set()).update(m.lower() for m in methods)
    assert {path: set(item) for path, item in description["paths"].items()} == found


def test_a_route_of_the_api_without_a_declaration_stops_the_start() -> None:
    rogue = Flask("rogue")
    rogue.add_url_rule("/api/v1/rogue", "rogue", lambda: "")
    with pytest.raises(RuntimeError, match="/api/v1/rogue is not declared"):
        api.check_declared(rogue)


def test_a_handler_that_takes_other_names_than_its_path_has_stops_the_start() -> None:
    def handler(upload_id: str) -> None:
        """Takes another name."""

    declare = Routes().add("GET", "/images/<image_id>", access=Access.OPEN, answer=Answer(204, "Done."))
    with pytest.raises(TypeError, match="not the same"):
        declare(handler)


def test_every_code_that_a_room_or_the_identity_provider_answers_with_is_explained_with_its_status() -> None:
    elsewhere = {
        "too_many_files",
        "metrics_closed",
        "internal_error",
        "no_passkey",
        "passkey_refused",
        "password_needed",
        "wrong_host",
    }  # of pages alone, and of nobody's making
    sources = ROOT.glob("web/*/*.py")
    raised = {(code, int(status)) for s in sources for status, code in RAISED.findall(s.read_text())}
    raised |= set(STATUS_OF_REFUSAL.items())
    uploads = "".join(source.read_text() for source in ROOT.glob("web/upload/*.py"))
    for name in re.findall(r"refuse\(\s*Refusal\.(\w+)", uploads):
        raised.add((str(Refusal[name]), refuse(Refusal[name], "A sentence.").status))
    assert len(raised) > 30
    explained = {(code, meaning.status) for code, meaning in PROBLEM_CODES.items()}
    assert {known for known in raised - explained if known[0] not in elsewhere} == set()


def test_every_explained_code_belongs_to_a_route(description: dict[str, Any]) -> None:
    told = json.dumps(description["paths"])
    assert [code for code in PROBLEM_CODES if f'"{code}"' not in told] == []


def examples_of(description: dict[str, Any]) -> list[Any]:
    """Every media type with an example."""
    return [
        media
        for item in description["paths"].values()
        for operation in item.values()
        for body in (operation.get("requestBody", {}), *operation["responses"].values())
        for media in body.get("content", {}).values()
        if "example" in media
    ]


def test_every_example_fits_its_schema(description: dict[str, Any]) -> None:
    examples = examples_of(description)
    assert len(examples) > 10
    for media in examples:
        schema = media["schema"] | {"components": description["components"]}
        jsonschema_rs.Draft202012Validator(schema).validate(media["example"])


def test_every_parameter_and_field_says_what_it_is(description: dict[str, Any]) -> None:
    for item in description["paths"].values():
        for operation in item.values():
            assert operation["summary"]
            for parameter in operation["parameters"]:
                assert parameter["description"], parameter
                assert parameter["schema"]["type"], parameter


def test_a_field_of_a_page_does_not_become_part_of_the_api() -> None:
    shown = {field.name for field in fields(ImageView)}
    assert set(ImageResource.model_fields) <= shown
    with pytest.raises(ValueError, match="extra_forbidden"):
        ImageResource.model_validate({"secret": 1})


def test_the_page_shows_numbers_with_one_bound_two_or_none(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Numbers(Output):
        """Numbers."""

        any: Annotated[int, Field(description="Any.", examples=[1])]
        least: Annotated[int, Field(ge=2, description="Least.", examples=[2])]
        most: Annotated[int, Field(le=3, description="Most.", examples=[3])]
        both: Annotated[float, Field(ge=4, le=5, description="Both.", examples=[4])]
        least_if_any: Annotated[int | None, Field(ge=0, description="Least, if any.", examples=[0])]

    def handler() -> Numbers:
        """Numbers.

        All of them.
        """
        raise NotImplementedError

    routes = Routes()
    routes.add("GET", "/x", access=Access.OPEN, answer=Answer(200, "x", Numbers))(handler)
    monkeypatch.setitem(app.extensions, docs.KEY, lambda: describe(routes.operations))
    answer = app.test_client().get("/api/v1/docs")
    assert answer.status_code == 200
    kinds = dict(re.findall(r'<dt><code>(\w+)</code>.*?"muted">([^<]*)<', answer.text, re.DOTALL))
    assert {name: kinds[name] for name in Numbers.model_fields} == {
        "any": "integer",
        "least": "integer from 2 on",
        "most": "integer, at most 3",
        "both": "number from 4 to 5",
        "least_if_any": "integer from 0 on or null",
    }


def test_an_answer_of_another_model_than_declared_is_our_fault(app: Flask) -> None:
    class Declared(Output):
        """What is told."""

    class Another(Output):
        """What is not."""

    def handler() -> Output:
        """Answers with something else."""
        return Another()

    routes = Routes()
    routes.add("GET", "/x", access=Access.OPEN, answer=Answer(200, "x", Declared))(handler)
    with app.test_request_context("/api/v1/x"), pytest.raises(TypeError, match="declares Declared"):
        routes.operations[0]()

"""Documentation under test: what exists is documented, and what is documented exists."""

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from pydantic_core import PydanticUndefined

from shared.config import Settings, WebSettings, WorkerSettings, load
from shared.parts import WebParts
from tests.unit.test_config import GOOD
from web.app import create_app
from web.http import counters
from web.operators import scrape as metrics

ROOT = Path(__file__).parents[2]
CONFIGURATION = (ROOT / "docs/configuration.md").read_text()


def row(kind: type[Settings], name: str) -> str:
    """The line that docs/configuration.md must hold for a setting."""
    field = kind.model_fields[name]
    default = "required" if field.default is PydanticUndefined else str(field.default).lower()
    shown = {"none": "unset", "required": "required"}.get(default, f"`{field.default!s}`")
    shown = shown.replace("`True`", "`true`").replace("`INFO`", "`INFO`")
    return f"| `{name.upper()}` | {shown} | {field.description} |"


@pytest.mark.parametrize("kind", [Settings, WebSettings, WorkerSettings])
def test_every_setting_is_documented_as_it_is(kind: type[Settings]) -> None:
    for name in kind.model_fields:
        assert row(kind, name) in CONFIGURATION


def test_no_setting_is_documented_that_does_not_exist() -> None:
    documented = set(re.findall(r"^\| `([A-Z0-9_]+)` \|", CONFIGURATION, re.M))
    known = {name.upper() for kind in (WebSettings, WorkerSettings) for name in kind.model_fields}
    elsewhere = {"AWS_ENDPOINT_URL", "PORT", "WEB_WORKERS", "WEB_THREADS", "PROMETHEUS_MULTIPROC_DIR"}
    assert documented == known | elsewhere


def test_every_metric_is_documented_as_it_is() -> None:
    operations = (ROOT / "docs/operations.md").read_text()
    figures = (counters.REQUESTS, counters.ACCEPTED, counters.REFUSED)
    described: dict[str, str] = {f"{c._name}_total": c._documentation for c in figures}
    described |= {counters.SECONDS._name: counters.SECONDS._documentation} | metrics.GAUGES
    for name, text in described.items():
        assert f"| `{name}` | {text} |" in operations
    assert set(re.findall(r"^\| `(portal_\w+)` \|", operations, re.M)) == set(described)


@pytest.mark.parametrize("page", [*ROOT.glob("docs/**/*.md"), ROOT / "README.md"], ids=lambda p: p.name)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text()
    named = set(re.findall(r"`((?:web|worker|shared|local|tests|docs|bench|deploy)/[\w./-]*)`", text))
    linked = {link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link}
    missing = [name for name in named if not (ROOT / name).exists()]
    missing += [link for link in linked if not (page.parent / link).exists()]
    assert missing == []


def routes() -> dict[str, set[str]]:
    parts = WebParts(load(WebSettings, GOOD), *(Mock() for _ in fields(WebParts)[1:]))
    found: dict[str, set[str]] = {}
    for rule in create_app(parts).url_map.iter_rules():
        path = re.sub(r"<(\w+)>", r"{\1}", rule.rule)
        if path.startswith("/api/v1/"):
            methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            found.setdefault(path.removeprefix("/api/v1"), set()).update(m.lower() for m in methods)
    return found


def test_the_api_description_and_the_routes_are_the_same() -> None:
    description: dict[str, Any] = json.loads((ROOT / "web/http/openapi.json").read_text())
    assert {path: set(item) for path, item in description["paths"].items()} == routes()


def test_every_problem_code_is_described() -> None:
    """Codes that the API's modules raise appear in its description."""
    description = (ROOT / "web/http/openapi.json").read_text()
    sources = [
        *ROOT.glob("web/*/api.py"),
        ROOT / "web/upload/accept.py",
        ROOT / "web/upload/idempotency.py",
        ROOT / "web/upload/receive.py",
        ROOT / "web/gallery/query.py",
        ROOT / "web/http/bodies.py",
        ROOT / "web/http/paging.py",
    ]
    raised = {
        code for source in sources for code in re.findall(r'Problem\(\s*\d{3},\s*"(\w+)"', source.read_text())
    }
    assert raised
    assert {code for code in raised if f"`{code}`" not in description} == set()

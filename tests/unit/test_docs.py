"""Documentation under test: what exists is documented, and what is documented exists."""

import re
from pathlib import Path

import pytest
from prometheus_client import Counter, Histogram
from pydantic_core import PydanticUndefined

from shared import calls
from shared.config import Settings, WebSettings, WorkerSettings
from web.http import counters
from web.operators import scrape as metrics
from worker import counters as worker_counters
from worker.sweep import tick

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
    elsewhere = {
        "AWS_ENDPOINT_URL",
        "PORT",
        "WEB_WORKERS",
        "WEB_THREADS",
        "PROMETHEUS_MULTIPROC_DIR",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
    }
    assert documented == known | elsewhere


def test_every_metric_is_documented_as_it_is() -> None:
    operations = (ROOT / "docs/operations.md").read_text()
    described: dict[str, str] = metrics.GAUGES | tick.GAUGES
    for module in (counters, worker_counters, calls):
        for figure in vars(module).values():
            if isinstance(figure, Counter | Histogram):
                suffix = "_total" if isinstance(figure, Counter) else ""
                described[figure._name + suffix] = figure._documentation
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


@pytest.mark.parametrize("page", ["SECURITY.md", "docs/reliability.md"])
def test_what_is_named_as_a_proof_is_there(page: str) -> None:
    named = re.findall(r"`(tests/[\w/.]+)`", (ROOT / page).read_text())
    assert len(named) > 8
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_commands_of_the_reliability_page_are_commands() -> None:
    page, makefile = (ROOT / "docs/reliability.md").read_text(), (ROOT / "Makefile").read_text()
    shown = page.split("## Not shown yet")[0]
    targets = set(re.findall(r"`make ([a-z]+)`", shown))
    assert {"test", "thorough", "model"} <= targets
    assert {target for target in targets if f"\n{target}:" not in makefile} == set()

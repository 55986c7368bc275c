"""Dashboard and alert rules ask for what is counted, and each alarm leads to a page that says what to do."""

import re
from typing import Any

import pytest
import yaml
from prometheus_client import Counter, Histogram

from shared import calls
from tests.support_promql import (
    ADDED,
    FOLDER,
    OF_PROMETHEUS,
    alerts,
    asked,
    dashboard,
    expressions,
    shown_labels,
)
from tests.support_templates import NAMES, template
from tests.unit.deploy.support import ROOT
from web.http import counters as web_counters
from web.operators import scrape
from worker import counters as worker_counters
from worker.sweep import tick

OPERATIONS = (ROOT / "docs/operations.md").read_text()
EACH = pytest.mark.parametrize(("where", "expression"), list(expressions()), ids=lambda text: text[:40])


def counted() -> dict[str, set[str]]:
    """Labels of each series that the code can make."""
    found: dict[str, set[str]] = {name: set() for name in scrape.GAUGES | tick.GAUGES} | OF_PROMETHEUS
    for module in (web_counters, worker_counters, calls):
        for metric in vars(module).values():
            if isinstance(metric, Counter):
                found[metric._name + "_total"] = set(metric._labelnames)
            elif isinstance(metric, Histogram):
                found |= {metric._name + part: set(metric._labelnames) for part in ("_count", "_sum")}
                found[metric._name + "_bucket"] = {*metric._labelnames, "le"}
    return found


@EACH
def test_an_expression_is_promql_and_asks_for_what_is_counted(where: str, expression: str) -> None:
    known = counted()
    for name, labels in asked(expression).items():
        assert name in known, where
        assert labels - known[name] - ADDED == set(), where


def test_a_name_or_label_that_is_not_counted_would_be_noticed() -> None:
    assert asked('sum by (colour) (rate(portal_x_total{kind="a"}[5m]))') == {
        "portal_x_total": {"colour", "kind"}
    }
    with pytest.raises(ValueError, match="parenthesis"):
        asked("sum by (rate(portal_x_total[5m])")


def test_every_series_is_on_the_dashboard_or_watched() -> None:
    """What nobody looks at need not be counted."""
    seen = {re.sub(r"_(bucket|count|sum)$", "", name) for _, e in expressions() for name in asked(e)}
    every = {re.sub(r"_(bucket|count|sum)$", "", name) for name in counted()}
    assert every - seen == set()


def test_legends_and_sentences_show_labels_that_are_left() -> None:
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", []):
            left = set().union(*asked(target["expr"].replace("$__rate_interval", "2m")).values())
            assert shown_labels(target["legendFormat"]) <= left | ADDED, panel["title"]
    for rule in alerts():
        left = set().union(*asked(rule["expr"]).values())
        assert shown_labels(rule["annotations"]["summary"]) <= left | ADDED, rule["alert"]


def test_the_dashboard_can_be_imported_anywhere() -> None:
    board = dashboard()
    assert [variable["type"] for variable in board["templating"]["list"]] == ["datasource"]
    places = []
    for panel in board["panels"]:
        if panel["type"] != "row":
            assert panel["datasource"]["uid"] == "${datasource}"
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        places += [(x, place["y"]) for x in range(place["x"], place["x"] + place["w"])]
    assert len(places) == len(set(places)), "no panel lies on another"
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_prometheus_is_told_of_both_jobs_and_of_the_rules() -> None:
    document = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    assert [job["job_name"] for job in document["scrape_configs"]] == ["portal-web", "portal-worker"]
    assert document["rule_files"] == ["alerts.yml"]
    assert all((FOLDER / name).exists() for name in document["rule_files"])


# ---- The runbook ------------------------------------------------------------------------------------------------


def sections() -> dict[str, str]:
    """The runbook's sections by their addresses."""
    runbook = OPERATIONS[OPERATIONS.index("\n## Alarms\n") :]
    runbook = runbook[: runbook.index("\n## Moderation\n")]
    found = re.split(r"^### (.+)$", runbook, flags=re.M)[1:]
    return {anchor(title): text for title, text in zip(found[::2], found[1::2], strict=True)}


def anchor(title: str) -> str:
    """As pages of Markdown make it of a heading."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def named(text: str) -> set[str]:
    """The alarms that a section is for: the line of names below its heading."""
    return set(re.findall(r"`(\w+)`", text.strip().splitlines()[0]))


def cloudwatch_alarms() -> set[str]:
    """Of the templates, and of .ebextensions but for Beanstalk's own, which are only changed there."""
    documents: list[dict[str, Any]] = [template(name) for name in NAMES]
    documents += [yaml.safe_load(file.read_text()) for file in (ROOT / ".ebextensions").glob("*.config")]
    return {
        name
        for document in documents
        for name, resource in document.get("Resources", {}).items()
        if resource["Type"] == "AWS::CloudWatch::Alarm" and not name.startswith("AWSEB")
    }


def test_each_alarm_has_its_section_and_no_section_names_one_that_is_not() -> None:
    listed = [name for text in sections().values() for name in named(text)]
    assert len(listed) == len(set(listed)), "each in one place"
    assert set(listed) == cloudwatch_alarms() | {rule["alert"] for rule in alerts()}


def test_each_section_says_what_it_means_where_to_look_and_what_to_do() -> None:
    for address, text in sections().items():
        assert "**Means:**" in text, address
        assert re.search(r"\*\*Look( and do)?:\*\*", text), address
        assert re.search(r"\*\*(Look and d|D)o:\*\*", text), address
        assert "```" in text, address


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_an_alerts_address_is_the_section_that_names_it(rule: dict[str, Any]) -> None:
    page, _, address = rule["annotations"]["runbook_url"].partition("#")
    assert page == "docs/operations.md"
    assert rule["alert"] in named(sections()[address])
    assert rule["labels"]["severity"] in ("page", "ticket")

"""What the dashboard and the alert rules ask Prometheus for: names and labels of each expression."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import promql_parser
import yaml

FOLDER = Path(__file__).parents[1] / "deploy/observability"
OF_PROMETHEUS = {"up": {"job", "instance"}}
ADDED = {"job", "instance"}
"""Labels that Prometheus gives to whatever it scrapes."""


@dataclass
class Asked:
    """The metrics of an expression, each with the labels that are asked of it."""

    labels: dict[str, set[str]] = field(default_factory=dict)

    def ask(self, expression: Any, grouped: frozenset[str] = frozenset()) -> "Asked":
        """Add what a parsed expression asks for. `grouped`: labels by which something around it groups."""
        if isinstance(expression, promql_parser.AggregateExpr):
            modifier = expression.modifier
            inner = frozenset(modifier.labels) if modifier else frozenset()
            self.ask(expression.expr, grouped | inner)
        elif isinstance(expression, promql_parser.VectorSelector):
            matched = {matcher.name for matcher in expression.matchers.matchers}
            assert expression.name
            self.labels.setdefault(expression.name, set()).update(matched | grouped)
        elif isinstance(expression, promql_parser.MatrixSelector):
            self.ask(expression.vector_selector, grouped)
        elif isinstance(expression, promql_parser.BinaryExpr):
            self.ask(expression.lhs, grouped)
            self.ask(expression.rhs, grouped)
        elif isinstance(expression, promql_parser.Call):
            for argument in expression.args:
                self.ask(argument, grouped)
        elif isinstance(expression, promql_parser.ParenExpr):
            self.ask(expression.expr, grouped)
        else:
            assert isinstance(expression, promql_parser.NumberLiteral), type(expression).__name__
        return self


def alerts() -> list[dict[str, Any]]:
    """Every alert rule."""
    document = yaml.safe_load((FOLDER / "alerts.yml").read_text())
    return [rule for group in document["groups"] for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    """The dashboard."""
    document: dict[str, Any] = json.loads((FOLDER / "dashboard.json").read_text())
    return document


def expressions() -> Iterator[tuple[str, str]]:
    """Every expression of both, with where it stands."""
    for rule in alerts():
        yield rule["alert"], rule["expr"]
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"].replace("$__rate_interval", "2m")


def asked(expression: str) -> dict[str, set[str]]:
    """Labels that an expression asks of each metric. Raises ValueError for what is no PromQL."""
    return Asked().ask(promql_parser.parse(expression)).labels


def shown_labels(text: str) -> set[str]:
    """Labels that a legend or a sentence shows."""
    return set(re.findall(r"\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}", text))

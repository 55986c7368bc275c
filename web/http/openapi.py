"""The API's description (OpenAPI 3.1) and the page made from it."""

import json
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, render_template

DESCRIPTION: dict[str, Any] = json.loads(Path(__file__).with_name("openapi.json").read_text())


def openapi() -> Response:
    """The description itself."""
    return Response(json.dumps(DESCRIPTION, ensure_ascii=False), mimetype="application/json")


def docs() -> Any:
    """A page to read."""
    operations = [
        {
            "method": method.upper(),
            "path": f"/api/v1{path}",
            "summary": operation["summary"],
            "description": operation.get("description", ""),
            "responses": [(status, text["description"]) for status, text in operation["responses"].items()],
            "auth": operation.get("security") != [],
        }
        for path, item in DESCRIPTION["paths"].items()
        for method, operation in item.items()
        if method in ("get", "post", "patch", "delete")
    ]
    return render_template("api_docs.html", operations=operations)


def add_to(bp: Blueprint) -> None:
    """Register the routes."""
    bp.get("/openapi.json")(openapi)
    bp.get("/docs")(docs)

"""What operators ask."""

from typing import Any

from flask import Blueprint, jsonify

from shared.ports.sessions import Viewer
from web.http.guards import operator_required
from web.operators.figures import queue_view


@operator_required
def queue(_viewer: Viewer) -> Any:
    """Depth, age, throughput and workers."""
    return jsonify(queue_view().json())


def add_to(bp: Blueprint) -> None:
    """Register the routes."""
    bp.get("/queue")(queue)

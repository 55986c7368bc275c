"""What operators ask."""

from shared.operating.figures import queue_view
from web.http.api import Access, Answer, Routes
from web.http.parts import parts
from web.operators.schema import QueueResource

routes = Routes()


@routes.add(
    "GET",
    "/queue",
    access=Access.OPERATOR,
    answer=Answer(200, "Depth, age, throughput and workers.", QueueResource),
)
def get_queue() -> QueueResource:
    """The queue: depth, age, throughput and workers.

    What can't be asked is null, and `error` says why.
    """
    return QueueResource.of(queue_view(parts()))

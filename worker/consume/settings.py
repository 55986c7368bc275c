"""Celery for a worker of one queue, without its task: `worker.app` registers that on what is built here."""

from collections.abc import Callable, Sequence
from typing import Any

from celery import Celery
from kombu import Exchange, Queue

from worker.consume.last_poll import install_last_poll

WORKER_FLAGS = ("--without-gossip", "--without-mingle", "--without-heartbeat")
"""For the command line, since Celery has no settings for these: SQS carries no broadcasts, so each of them would
only publish events that nobody receives. Signs of life are `worker.alive`'s."""

LONG_POLL_SECONDS = 5
"""Twelve requests a minute when idle, 0.21 USD a month. A gentle stop waits for the open poll, so this is what every
deployment waits, and a Ctrl-C; and a worker killed in mid-poll may take messages with it into the visibility
timeout, for which this is the window. So it is not the 20 s that SQS would allow."""


def create_celery(
    queue_url: str,
    region: str,
    *,
    queue_name: str,
    task_name: str,
    hard_time_limit_seconds: int,
    long_poll_seconds: int = LONG_POLL_SECONDS,
    may_receive: Callable[[], bool] = lambda: True,
    on_client: Callable[[Any], None] | None = None,
    on_poll: Callable[[float, str | None], None] | None = None,
    message_attributes: Sequence[str] = (),
) -> Celery:
    """A Celery application that consumes one SQS queue, takes messages for one task alone and never publishes.

    `queue_name` is Celery's own word for the queue. The hard time limit is that of the task, and must be below the
    queue's visibility timeout. `may_receive` is asked before each poll. Opens no connection. The endpoint is
    botocore's business (AWS_ENDPOINT_URL*).
    For whoever measures: `on_client` gets the boto3 client that acknowledges, `on_poll` each poll's seconds and fault.
    `message_attributes` names those that `message_attribute` may be asked for.
    """
    app = Celery("worker")
    own = {"may_receive": may_receive, "on_client": on_client, "on_poll": on_poll}
    app.conf.update(
        _broker(queue_url, region, queue_name, task_name, long_poll_seconds, message_attributes, own)
        | _delivery()
        | _limits(hard_time_limit_seconds)
        | _left_out()
    )
    install_last_poll(app)
    return app


def _broker(
    queue_url: str,
    region: str,
    queue_name: str,
    task_name: str,
    long_poll_seconds: int,
    message_attributes: Sequence[str],
    own: dict[str, Any],
) -> dict[str, Any]:
    return {
        # No host in the URL: kombu would take it for an endpoint and override AWS_ENDPOINT_URL.
        "broker_url": "sqs://",
        # Stock kombu exits on a failed poll or a malformed message, and hangs on a half-open socket.
        "broker_transport": "worker.consume.transport:Transport",
        "broker_transport_options": {
            "region": region,
            "task_name": task_name,  # for the transport's own check of every message
            **own,
            # With its URL given, the queue is neither listed nor created; its attributes are its own.
            "predefined_queues": {queue_name: {"url": queue_url}},
            "wait_time_seconds": long_poll_seconds,
            "fetch_message_attributes": {
                "MessageSystemAttributeNames": ["ApproximateFirstReceiveTimestamp", "SentTimestamp"],
                "MessageAttributeNames": list(message_attributes),
            },
            # The pause after an empty poll or a busy moment. The default, 1 s, caps a process at one task
            # a second; 0 spins.
            "polling_interval": 0.05,
            # For acknowledging, which blocks the event loop: seconds, not botocore's minutes.
            "client-config": {
                "connect_timeout": 2,
                "read_timeout": 3,
                "retries": {"total_max_attempts": 2, "mode": "standard"},
            },
        },
        # The anonymous exchange leads straight to the queue; nothing has to be declared.
        "task_queues": [Queue(queue_name, Exchange(""), routing_key=queue_name)],
        "task_default_queue": queue_name,
        "task_create_missing_queues": False,  # a misspelt name is an error, not a new queue
        # A broker that is away at start or later is waited for, without end: that is no reason to exit.
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "worker_cancel_long_running_tasks_on_connection_loss": False,  # an attempt needs no broker to finish
    }


def _delivery() -> dict[str, Any]:
    return {
        # Acknowledge after the work, so that a lost process loses no message.
        "task_acks_late": True,
        # When the kernel kills a pool child, offer the message again at once (kombu: after one long poll) and
        # don't wait for the visibility timeout. By its defaults Celery would even acknowledge it.
        "task_reject_on_worker_lost": True,
        # Failure and timeout leave the message to SQS, which delivers it again and at last dead-letters it.
        # Nothing ever calls retry: that would publish a new message whose receive count starts over.
        "task_acks_on_failure": False,
        "task_acks_on_timeout": False,
        # One message for each process: what waits behind a slow picture stays visible to other workers.
        "worker_prefetch_multiplier": 1,
        # Pickle would run whatever code a message brings.
        "accept_content": ["json"],
        "task_serializer": "json",
        # Results are objects and rows; Celery keeps none.
        "task_ignore_result": True,
        "result_backend": None,
    }


def _limits(hard_time_limit_seconds: int) -> dict[str, Any]:
    return {
        # The child is killed before SQS delivers the message to someone else.
        "task_time_limit": hard_time_limit_seconds,
        # What runs for weeks leaks something; a fresh process, with an imaging server of its own, costs half a second
        # of CPU.
        "worker_max_tasks_per_child": 2000,
        # The default, 4 s, is short for starting processes on a busy small instance.
        "worker_proc_alive_timeout": 30,
    }


def _left_out() -> dict[str, Any]:
    return {
        # SQS carries no broadcasts: remote control and events would fail or go nowhere.
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "task_send_sent_event": False,
        "worker_disable_rate_limits": True,
        # Logging is the process's own business.
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "enable_utc": True,
    }


def receive_count(request: Any) -> int:
    """Which delivery of its message a bound task's request is, from 1: SQS's ApproximateReceiveCount.

    1 when SQS did not say, as for a task that is called directly.
    """
    return max(1, int(_attributes(request).get("ApproximateReceiveCount", 1)))


def waited_seconds(request: Any) -> float | None:
    """How long its message had waited when SQS first delivered it, by SQS's clock alone. None when SQS did not say."""
    attributes = _attributes(request)
    try:
        first, sent = (
            int(attributes[name]) for name in ("ApproximateFirstReceiveTimestamp", "SentTimestamp")
        )
    except (KeyError, TypeError, ValueError):
        return None
    return max(0, first - sent) / 1000


def message_attribute(request: Any, name: str) -> str | None:
    """What the sender gave its message under this name, of those that `create_celery` asks for."""
    value = ((_message(request).get("MessageAttributes") or {}).get(name) or {}).get("StringValue")
    return value if isinstance(value, str) else None


def _attributes(request: Any) -> dict[str, Any]:
    return _message(request).get("Attributes") or {}


def _message(request: Any) -> dict[str, Any]:
    delivery = (getattr(request, "properties", None) or {}).get("delivery_info") or {}
    return delivery.get("sqs_message") or {}

"""Kombu's SQS transport, hardened: a worker goes on polling whatever broker, network or message do.

Kombu receives through pycurl inside Celery's event loop. Stock, that path has no time limits, ends the worker
when ReceiveMessage fails and trusts what a message says. Here every poll ends within its wait time plus ten
seconds, a failed poll is repeated after a growing pause, and Celery sees only what `envelope` has read.
"""

import logging
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from celery.worker import state
from kombu.transport import SQS

from worker.consume import envelope
from worker.consume.receive import Connection, PollFailed

logger = logging.getLogger(__name__)

ANSWER_MARGIN_SECONDS = 10
"""How much longer than its own wait time a long poll may last before its connection is given up."""

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 15
"""Pauses after failed polls double between these two: quick after a blip, no storm on a broker in trouble."""

_StockChannel: Any = SQS.Channel  # the stubs leave out what is overridden below

_FAULTS = (BotoCoreError, ClientError, OSError)
_last_poll = _last_look = time.monotonic()

CLOSED_SECONDS = 0.25
"""How often a worker that may not receive looks whether it may."""


def last_poll_age_seconds() -> float:
    """Seconds since SQS last answered a poll with success, or since this module was loaded if it never did.

    In health this stays below the wait time plus the hard time limit: a fully busy worker does not poll.
    """
    return time.monotonic() - _last_poll


def _poll_succeeded() -> None:
    global _last_poll  # one transport a process, which the heartbeat could not reach otherwise
    _last_poll = time.monotonic()


def silent_seconds() -> float:
    """Seconds since polling was last seen to go on: SQS answered, or was not asked as nothing may be received."""
    return time.monotonic() - max(_last_poll, _last_look)


def _not_asked() -> None:
    global _last_look  # as above
    _last_look = time.monotonic()


def _stopping() -> bool:
    """Whether Celery has been told to stop. Its loop sees that up to a second later, and takes messages until then."""
    status: int | bool | None = state.should_stop
    return status is not None and status is not False  # 0 is the exit status of a gentle stop


class Channel(_StockChannel):  # type: ignore[misc]  # as above
    """Polls for ever, hands Celery only what `envelope` accepts, deletes only what is acknowledged."""

    poll_is_open = False
    """Whether SQS has been asked and has not answered: until then it may hand this worker messages."""

    _poll_began = 0.0
    _pause_seconds = 0.0
    _fault: str | None = None

    @property
    def poll_limit_seconds(self) -> int:
        """The longest that a poll is open; then libcurl gives it up."""
        return int(self.wait_time_seconds) + ANSWER_MARGIN_SECONDS

    def asynsqs(self, queue: str | None = None) -> Connection:
        clients = self._predefined_queue_async_clients
        if queue not in clients:
            clients[queue] = Connection(
                limit_seconds=self.poll_limit_seconds,
                hub=self.hub,
                sqs_connection=self.sqs(queue=queue),
                message_system_attribute_names=self.get_message_attributes["MessageSystemAttributeNames"],
                message_attribute_names=self.get_message_attributes["MessageAttributeNames"],
            )
        connection: Connection = clients[queue]
        return connection

    @property
    def holds_messages(self) -> bool:
        """Whether a message is this worker's: not acknowledged yet, or perhaps on its way."""
        return self.poll_is_open or len(self.qos._delivered) > len(self.qos._dirty)

    def new_sqs_client(self, *stock: Any, **options: Any) -> Any:
        client = super().new_sqs_client(*stock, **options)
        self._tell("on_client", client)
        return client

    def _schedule_queue(self, queue: str) -> None:
        if queue not in self._active_queues:
            return  # cancelled, perhaps with its connection
        if not self.transport_options["may_receive"]():
            _not_asked()
            self.hub.call_later(CLOSED_SECONDS, self._schedule_queue, queue)
            return
        try:
            super()._schedule_queue(queue)
        except Exception as error:  # noqa: BLE001  # credentials come over the network too; polling must not end
            self._failed(type(error).__name__)
            self._loop1(queue)

    def _loop1(self, queue: str, messages_fetched: int | None = None) -> None:
        if self._pause_seconds:
            self.hub.call_later(self._pause_seconds, self._schedule_queue, queue)
        else:
            super()._loop1(queue, messages_fetched)

    def _get_from_sqs(self, *stock: Any, **options: Any) -> Any:
        promise = super()._get_from_sqs(*stock, **options)
        self.poll_is_open, self._poll_began = True, time.monotonic()
        return promise

    def _on_messages_ready(self, queue_url: str, queue: str, answer: Any) -> int:
        self.poll_is_open = False
        fault = str(answer) if isinstance(answer, PollFailed) else None
        self._tell("on_poll", time.monotonic() - self._poll_began, fault)
        if isinstance(answer, PollFailed):
            self._failed(answer)
            return 0
        self._recovered()
        callback = self.connection._callbacks.get(queue)
        if callback is None or _stopping():
            if answer["Messages"]:
                self._release_messages(queue_url, queue, answer["Messages"])
            return 0
        for message in answer["Messages"]:
            try:
                if (payload := self._payload(message, queue_url, queue)) is not None:
                    callback(payload)
            except Exception:
                # Stock, the worker ends, or polling does and the worker stays: a timer swallows the error.
                logger.exception("message %s left to the redrive policy", message.get("MessageId"))
                self.basic_reject(message["ReceiptHandle"])  # or it keeps its place among the prefetched
        return len(answer["Messages"])

    def _payload(self, message: dict[str, Any], queue_url: str, queue: str) -> dict[str, Any] | None:
        try:
            accepted = envelope.read(message.get("Body"), self.transport_options["task_name"])
        except envelope.MalformedMessageError as fault:
            # Left alone, it comes back once per visibility timeout and ends in the dead-letter queue: no call
            # that could fail, no hot loop, and a newer version of this worker still has a chance to read it.
            logger.warning(
                "message %s left to the redrive policy: %s (%s characters, received %s times)",
                message.get("MessageId"),
                fault,
                len(message.get("Body") or ""),
                message.get("Attributes", {}).get("ApproximateReceiveCount", "?"),
            )
            return None
        handle = message["ReceiptHandle"]
        received = {
            name: message.get(name)
            for name in ("MessageId", "ReceiptHandle", "Attributes", "MessageAttributes")
        }
        delivery_info = {
            "exchange": "",
            "routing_key": queue,
            "sqs_message": received,
            "sqs_queue": queue_url,
        }
        return accepted.payload(delivery_info, handle)

    def _tell(self, who: str, *what: Any) -> None:
        if listener := self.transport_options.get(who):
            listener(*what)

    def _failed(self, fault: str) -> None:
        self._pause_seconds = min(max(self._pause_seconds * 2, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
        if fault != self._fault:  # once for each change: a broker that is down must not fill the disk
            logger.warning("polling fails: %s; going on, at most %s s apart", fault, LONGEST_PAUSE_SECONDS)
        self._fault = fault

    def _recovered(self) -> None:
        _poll_succeeded()
        if self._fault is not None:
            logger.warning("polling works again after: %s", self._fault)
        self._pause_seconds, self._fault = 0.0, None

    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:
        try:
            super().basic_ack(delivery_tag, multiple=multiple)
        except (*_FAULTS, SQS.AccessDeniedQueueException) as error:
            logger.warning("not acknowledged, so SQS will deliver it again: %s", error)

    def basic_reject(self, delivery_tag: str, requeue: bool = False) -> None:
        try:
            super().basic_reject(delivery_tag, requeue=requeue)
        except _FAULTS as error:
            logger.warning("not released, so SQS will wait for the visibility timeout: %s", error)

    def _restore(self, message: Any, *stock: Any) -> None:
        if not self.closed:
            super()._restore(message, *stock)
            return
        # What was taken and not begun when the worker stopped: kombu would hide it for another long poll.
        received = {"ReceiptHandle": message.delivery_tag}
        self._release_messages(
            message.delivery_info["sqs_queue"], message.delivery_info["routing_key"], [received]
        )

    def _delete_rejected_message(self, delivery_tag: str) -> None:
        """Do nothing: a message leaves the queue by acknowledgement or redrive, never by being rejected."""

    def _size(self, queue: str) -> int:  # noqa: ARG002  # kombu's signature
        """0, unasked: Celery drops the number, and asking would need the broker when a worker starts."""
        return 0


class Transport(SQS.Transport):
    """Named to Celery as `broker_transport="worker.consume.transport:Transport"` with the URL `sqs://`.

    Of its options, some are this transport's own. `task_name`: the one task that messages may ask for.
    `may_receive`: called before each poll, on the event loop, so it must answer at once; no means that SQS isn't asked.
    `on_client` and `on_poll`, if given, are told what `create_celery` says of them.
    """

    Channel = Channel

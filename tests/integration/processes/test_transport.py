"""A worker goes on whatever broker, network or messages do: real processes, a real queue, faults in between."""

import base64
import json
import os
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from kombu import Connection
from kombu.asynchronous import Hub, set_event_loop

from local.drive.waiting import wait_until
from shared.domain.delivery import QUEUE_NAME, TASK_NAME
from tests.integration.support.faulty_proxy import Fault, FaultyProxy
from tests.integration.support.worker_process import FINE, WAITS_FOR_GO, Bench, worker
from tests.support_cloud import REGION, aws_environment
from worker.consume import envelope

STOCK = {"broker_transport": "kombu.transport.SQS:Transport"}


@pytest.fixture
def bench(ministack_endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    for name, value in aws_environment(ministack_endpoint).items():
        monkeypatch.setenv(name, value)
    made = Bench(ministack_endpoint, tmp_path)
    yield made
    made.sqs.close()


def test_failed_polls_of_every_kind_are_outlived(bench: Bench) -> None:
    faults = (Fault.ERROR_500, Fault.ERROR_503, Fault.ERROR_403, Fault.CUT, Fault.NONSENSE)
    with FaultyProxy(bench.endpoint) as proxy, worker(bench, endpoint=proxy.url) as running:
        for times, fault in enumerate(faults, start=1):
            proxy.fault = fault
            running.said("polling fails", times=times)
            proxy.fault = Fault.NONE
            bench.send(FINE)  # ends the next long poll early
            running.said("polling works again", times=times)
        bench.went("finished", bench.send(FINE))

        for kind in ("HTTP 500", "HTTP 503", "HTTP 403", "HTTP 599", "HTTP 200 that is not an answer of SQS"):
            assert running.log.count(f"polling fails: {kind}") == 1
        assert running.stop() == 0


def test_the_stock_transport_does_not_survive_a_failed_poll(bench: Bench) -> None:
    """Shows that the fault is real; once this fails, kombu has been mended and part of the remedy may go."""
    with (
        FaultyProxy(bench.endpoint) as proxy,
        worker(bench, endpoint=proxy.url, settings=STOCK) as running,
    ):
        proxy.fault = Fault.ERROR_500

        # It exits, or stays without ever polling again if the error fell into a timer.
        running.said("AttributeError: ")


def test_a_broker_that_restarts_is_found_again_and_not_hammered_meanwhile(bench: Bench) -> None:
    with FaultyProxy(bench.endpoint) as proxy, worker(bench, endpoint=proxy.url) as running:
        bench.went("finished", bench.send(FINE))
        proxy.fault = Fault.ERROR_503
        running.said("polling fails: HTTP 503")
        wait_until(lambda: len(proxy.polls_failed_at) >= 2, 15, "the next poll fails")
        first, second = proxy.polls_failed_at[:2]
        assert second - first > 0.4  # the first pause is 0.5 s; without it, a twentieth
        proxy.down()
        running.said("polling fails: HTTP 599")
        proxy.fault = Fault.NONE
        proxy.up()

        bench.went("finished", bench.send(FINE))


def test_a_worker_may_start_before_its_broker(bench: Bench) -> None:
    with FaultyProxy(bench.endpoint) as proxy:
        proxy.down()
        with worker(bench, endpoint=proxy.url) as running:
            running.said("polling fails")
            proxy.up()

            bench.went("finished", bench.send(FINE))


def test_a_half_open_connection_is_given_up_and_its_silence_is_visible_to_the_heartbeat(bench: Bench) -> None:
    # With the stock transport the second message is never taken: its request has no time limit at all.
    with FaultyProxy(bench.endpoint) as proxy, worker(bench, endpoint=proxy.url) as running:
        bench.went("finished", bench.send(FINE))
        wait_until(bench.empty, 5, "it is acknowledged")
        proxy.fault = Fault.SILENCE
        # One second of long poll and two of margin (see recording_worker) come before the connection is given up.
        wait_until(lambda: bench.record("beat")[-1]["poll_age"] > 2, 10, "the heartbeat tells of the silence")
        running.said("polling fails: HTTP 599")
        proxy.fault = Fault.NONE

        bench.went("finished", bench.send(FINE))
        wait_until(
            lambda: bench.record("beat")[-1]["poll_age"] < 2, 10, "the heartbeat tells of the recovery"
        )


def test_one_that_has_not_polled_for_too_long_ends_itself_with_its_picture_finished(bench: Bench) -> None:
    with (
        FaultyProxy(bench.endpoint) as proxy,
        worker(bench, endpoint=proxy.url, processes=2, restart_after=8) as running,
    ):
        upload = bench.send(WAITS_FOR_GO)
        bench.went("began", upload)
        proxy.fault = Fault.SILENCE
        running.said("this worker ends, to be started anew")
        proxy.fault = Fault.NONE
        (bench.folder / "go").touch()
        bench.went("finished", upload)
        assert running.process.wait(10) == 0, "gently"


def test_an_acknowledgement_that_fails_costs_neither_the_worker_nor_the_message(bench: Bench) -> None:
    with FaultyProxy(bench.endpoint) as proxy, worker(bench, endpoint=proxy.url) as running:
        upload = bench.send(WAITS_FOR_GO)
        bench.went("began", upload)
        proxy.fault = Fault.CUT
        (bench.folder / "go").touch()
        running.said("not acknowledged")
        proxy.fault = Fault.NONE

        # SQS delivers it again, and the second acknowledgement arrives.
        assert bench.went("finished", upload, count=2)[-1]["count"] == 2
        wait_until(bench.empty, 5, "it is acknowledged")


def good(**changes: Any) -> dict[str, Any]:
    """A well-formed message, with some top-level parts replaced."""
    accepted = envelope.Envelope(TASK_NAME, uuid4(), FINE, uuid4())
    return accepted.payload({"exchange": "", "routing_key": "ingest"}, str(uuid4())) | changes


def headers(**changes: Any) -> str:
    """A message whose headers are changed."""
    message = good()
    message["headers"] |= changes
    return json.dumps(message)


def body(arguments: Any) -> str:
    """A message with another body."""
    return json.dumps(good(body=arguments if isinstance(arguments, str) else json.dumps(arguments)))


class Bomb:
    """Leaves a file behind when unpickled."""

    def __init__(self, path: Path) -> None:
        self._command = f"touch {path}"

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.system, (self._command,)


# Kombu's own use of pycurl, which here runs in the process of the test.
@pytest.mark.filterwarnings("ignore:(IOCTLFUNCTION|socket_all) is deprecated:DeprecationWarning")
def test_an_error_on_taking_a_message_neither_stops_polling_nor_costs_a_place(bench: Bench) -> None:
    options = {
        "region": REGION,
        "task_name": TASK_NAME,
        "predefined_queues": {QUEUE_NAME: {"url": bench.url}},
        "wait_time_seconds": 1,
        "may_receive": lambda: True,
    }
    uploads, taken = [bench.send(FINE) for _ in range(3)], []

    def take(message: Any) -> None:
        taken.append(message.payload[1]["upload_id"])
        if len(taken) == 1:
            raise RuntimeError("as asked")
        message.ack()

    hub: Any = Hub()
    set_event_loop(hub)
    try:
        connection = Connection(
            "sqs://", transport="worker.consume.transport:Transport", transport_options=options
        )
        channel: Any = connection.channel()
        channel.basic_qos(0, 1, False)
        channel.basic_consume(QUEUE_NAME, False, take, "test")
        wait_until(lambda: hub.run_once() or len(taken) == 4, 15, "the first comes back after the others")
        connection.close()
    finally:
        hub.close()
        set_event_loop(None)

    assert sorted(set(taken)) == sorted(uploads)
    assert bench.empty()


AFTER: dict[str, Any] = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}
IDS = {"owner": str(FINE), "upload_id": str(uuid4())}
MALFORMED = [
    "not json",
    "[" * 5000,
    "null",
    "[1]",
    '{"properties":1,"body":"x"}',
    '{"properties":{"delivery_info":1},"body":"x"}',
    '{"Records":[{"eventSource":"aws:s3","s3":{"object":{"key":"k"}}}]}',
    base64.b64encode(json.dumps(good()).encode()).decode(),
    json.dumps({name: part for name, part in good().items() if name != "headers"}),
    json.dumps(good(headers=[])),
    json.dumps(good(properties={"delivery_info": {}, "body_encoding": "base64"})),
    json.dumps(good() | {"content-type": "application/x-yaml"}),
    json.dumps(good() | {"content-encoding": "binary"}),
    headers(task="worker.other"),
    headers(task=None),
    headers(id=7),
    headers(eta="2099-01-01T00:00:00"),
    headers(expires="yesterday"),
    headers(compression="gzip"),
    headers(timelimit=[9999, None]),
    headers(retries=3),
    body("{"),
    body([[], IDS]),
    body([["extra"], IDS, AFTER]),
    body([[], IDS | {"more": 1}, AFTER]),
    body([[], IDS | {"owner": "../../etc"}, AFTER]),
    body([[], IDS | {"upload_id": "{" + str(uuid4()) + "}"}, AFTER]),
    body([[], IDS, AFTER | {"callbacks": [{"task": "worker.ingest", "args": [], "kwargs": {}}]}]),
]


def test_malformed_messages_all_become_dead_letters_while_good_ones_pass(bench: Bench) -> None:
    bomb = bench.folder / "exploded"
    pickled = base64.b64encode(pickle.dumps(([], {"owner": Bomb(bomb), "upload_id": ""}, AFTER))).decode()
    bad = [
        *MALFORMED,
        json.dumps(good(body=pickled) | {"content-type": "application/x-python-serialize"}),
        json.dumps(good(body=pickled) | {"content-encoding": "binary"}),
    ]
    uploads = []
    for text in bad:
        bench.send_raw(text)
        uploads.append(bench.send(FINE))

    with worker(bench, processes=2) as running:
        for upload in uploads:
            bench.went("finished", upload, seconds=20)
        wait_until(lambda: bench.depth().dead_letters == len(bad), 20, "all of them are dead letters")

        assert running.process.poll() is None
        assert bench.empty()
        assert len(bench.record("finished")) == len(uploads)
        # Left to the visibility timeout: seen as often as the redrive policy allows, with the id for the operator.
        assert running.log.count("left to the redrive policy") == 2 * len(bad)
    answer = bench.sqs.receive_message(QueueUrl=bench.dead_url, MaxNumberOfMessages=10)
    assert all(message["MessageId"] in running.log for message in answer["Messages"])
    assert not bomb.exists()


def test_the_stock_transport_does_not_survive_a_malformed_message(bench: Bench) -> None:
    """Shows that the fault is real; once this fails, kombu has been mended and part of the remedy may go."""
    bench.send_raw('{"properties":1,"body":"x"}')

    with worker(bench, settings=STOCK, wait_ready=False) as running:
        # It exits, or stays without ever polling again if the error fell into a timer.
        running.said("AttributeError: ")

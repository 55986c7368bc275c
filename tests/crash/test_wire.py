"""The wire between a process and the local cloud."""

import socket
from contextlib import closing
from urllib.parse import urlsplit

from tests.crash.aws_wire import AwsWire
from tests.crash.calls import Calls

HALF = (
    b"POST / HTTP/1.1\r\nHost: sqs\r\nX-Amz-Target: AmazonSQS.SendMessage\r\nContent-Length: 40\r\n\r\n"
    b'{"MessageBody":'
)


def test_who_is_killed_while_asking_has_asked_nothing() -> None:
    calls = Calls()
    mark = calls.mark()
    with closing(AwsWire("web-1", "http://127.0.0.1:1", calls)) as wire:
        port = urlsplit(wire.url).port or 0
        asking = socket.create_connection(("127.0.0.1", port), timeout=10)
        asking.sendall(HALF)
        asking.shutdown(socket.SHUT_WR)
        with asking:
            assert asking.recv(1) == b"", "there is no answer"
    assert (calls.sent(), calls.since(mark)) == ([], [])

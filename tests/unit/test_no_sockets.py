"""Unit tests open no sockets, and would be told."""

import http.client
import socket
from collections.abc import Callable

import pytest

from shared.adapters.memory.object_store import MemoryObjectStore


@pytest.mark.parametrize(
    "opened",
    [
        lambda: socket.create_connection(("127.0.0.1", 9), timeout=1),
        lambda: http.client.HTTPConnection("127.0.0.1", 9, timeout=1).request("GET", "/"),
        lambda: socket.create_server(("127.0.0.1", 0)),
    ],
    ids=["a connection", "a request", "a server"],
)
def test_a_unit_test_that_opens_a_socket_is_told(opened: Callable[[], object]) -> None:
    with pytest.raises(AssertionError, match="mark it slow"):
        opened()


def test_the_fakes_need_none() -> None:
    store = MemoryObjectStore()
    store.put("k", b"", "text/plain")
    assert store.get("k") == b""

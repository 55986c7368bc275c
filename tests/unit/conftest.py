"""Unit tests open no sockets: what needs one is marked slow, or belongs elsewhere."""

import socket
from typing import Any, NoReturn

import pytest


class SocketOpened(AssertionError):
    """A unit test wanted to talk to somebody."""


@pytest.fixture(autouse=True)
def _no_sockets(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.node.get_closest_marker("slow"):
        return

    def refuse(opened: socket.socket, address: Any) -> NoReturn:
        opened.close()
        raise SocketOpened(f"a unit test connects to {address}; mark it slow if it must")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket.socket, "bind", refuse)
